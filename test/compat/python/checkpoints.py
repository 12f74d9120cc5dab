"""What the installed transformers makes of model folders that we have saved.

Usage: checkpoints.py CASES TARGET. CASES is JSON: {"folders": [...], "ids": [[...]], "texts": [...]}; TARGET is a folder to write
into: N.safetensors with the logits [B, T, V] of the N-th folder, in float32 from the weights as they are stored; N/ with the same model
as transformers saves it, in shards; and results.json with, for each folder, {"missing", "unexpected", "dtype", "tokens", "generation"}.
Prints the versions of the libraries.
"""
import json
import os
import sys

import safetensors
import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

source, target = sys.argv[1:]
with open(source, encoding="utf8") as file:
    cases = json.load(file)
ids = torch.tensor(cases["ids"])
results = []
for number, folder in enumerate(cases["folders"]):
    stored = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    stored.save_pretrained(os.path.join(target, str(number)), max_shard_size="40KB")
    model, loading = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    save_file({"logits": logits.contiguous()}, os.path.join(target, f"{number}.safetensors"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    results.append({
        "missing": sorted(map(str, loading["missing_keys"])),
        "unexpected": sorted(map(str, loading["unexpected_keys"])),
        "dtype": str(stored.dtype),
        "tokens": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in cases["texts"]],
        "generation": model.generation_config.to_diff_dict(),
    })
with open(os.path.join(target, "results.json"), "w", encoding="utf8") as file:
    json.dump(results, file, default=str)
print(f"torch {torch.__version__}, transformers {transformers.__version__}, safetensors {safetensors.__version__}")
