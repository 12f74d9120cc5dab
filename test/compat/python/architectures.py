"""Models with random weights in Hugging Face's format, as the installed transformers saves them, and what it computes with them.

Usage: architectures.py FOLDER CASES, the latter JSON: [{"name", "config": {...}, "dtype"}]. Writes FOLDER/<name>/ with config.json and
weights, and expected.safetensors in it: input_ids [2, 40], attention_mask (row 1 ends after 29), labels, logits [2, 40, V], loss [1],
and grad.<parameter>, computed in float64 from the weights as they are stored. Prints the versions of the libraries.
"""
import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM


def create(config, dtype):
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config), attn_implementation="eager")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            deviation = 1 / parameter.shape[-1] ** 0.5 if parameter.dim() == 2 else 0.2
            parameter.normal_(1.0 if name.endswith("norm.weight") and config["model_type"] != "gemma" else 0.0, deviation)
    return model.to(getattr(torch, dtype))


def expect(model, vocab):
    generator = torch.Generator().manual_seed(2)
    # Not 0, Gemma's padding: PyTorch gives its embedding no gradient even where it is a token like others.
    ids = torch.randint(1, vocab, (2, 40), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, 29:] = 0
    labels = torch.where(mask == 1, ids, -100)
    labels[:, :5] = -100
    output = model(input_ids=ids, attention_mask=mask, labels=labels)
    output.loss.backward()
    return {
        "input_ids": ids.int(),
        "attention_mask": mask.int(),
        "labels": labels.int(),
        "logits": output.logits.detach().float().contiguous(),
        "loss": output.loss.detach().float().reshape(1),
        **{f"grad.{name}": value.grad.float().contiguous() for name, value in model.named_parameters()},
    }


folder, cases = sys.argv[1:]
for case in json.loads(cases):
    target = os.path.join(folder, case["name"])
    create(case["config"], case["dtype"]).save_pretrained(target)
    # Opened as bfloat16, Gemma's embedding scale would be rounded to it.
    options = {"attn_implementation": "eager", "dtype": torch.float32}
    loaded = AutoModelForCausalLM.from_pretrained(target, **options).double()
    save_file(expect(loaded, case["config"]["vocab_size"]), os.path.join(target, "expected.safetensors"))
print(f"transformers {transformers.__version__}, PyTorch {torch.__version__}")
