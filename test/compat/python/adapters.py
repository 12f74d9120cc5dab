"""Adapters that the installed PEFT makes, and what it makes of ours.

Usage: adapters.py make CASES TARGET, or adapters.py load CASES TARGET.
make: CASES is JSON: {"base": folder, "ids", "labels", "adapters": [{"name", "config": {...}}]}. Writes TARGET/<name>/ with the adapter
(both matrices random), and expected.safetensors in it: logits [B, T, V] and loss [1] with the adapter beside the model,
merged_logits, and merged.<weight> for every adapted weight.
load: CASES is JSON: {"ids", "adapters": [{"base", "folder"}]}. Writes TARGET/N.safetensors with logits, merged_logits and merged.<weight>
of the N-th adapter. Everything in float32. Prints the versions of the libraries.
"""
import json
import os
import sys

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

task, source, target = sys.argv[1:]
with open(source, encoding="utf8") as file:
    cases = json.load(file)
ids = torch.tensor(cases["ids"])


def load_base(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")


def compute(model, labels=None):
    with torch.no_grad():
        output = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels)
    return output


def expect(model, base, labels=None):
    """The model is merged afterwards."""
    output = compute(model, labels)
    merged = model.merge_and_unload()
    before = load_base(base).state_dict()
    changed = {
        f"merged.{name}": value.contiguous()
        for name, value in merged.state_dict().items()
        if not torch.equal(value, before[name])
    }
    loss = {} if labels is None else {"loss": output.loss.reshape(1)}
    return {"logits": output.logits, "merged_logits": compute(merged).logits, **loss, **changed}


if task == "make":
    labels = torch.tensor(cases["labels"])
    for number, case in enumerate(cases["adapters"]):
        torch.manual_seed(number)
        model = get_peft_model(load_base(cases["base"]), LoraConfig(task_type="CAUSAL_LM", **case["config"]))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(0, 0.1)
        model.eval()
        folder = os.path.join(target, case["name"])
        model.save_pretrained(folder)
        save_file(expect(model, cases["base"], labels), os.path.join(folder, "expected.safetensors"))
else:
    for number, case in enumerate(cases["adapters"]):
        model = PeftModel.from_pretrained(load_base(case["base"]), case["folder"]).eval()
        save_file(expect(model, case["base"]), os.path.join(target, f"{number}.safetensors"))
print(f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}")
