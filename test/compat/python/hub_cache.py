"""What the installed huggingface_hub, transformers and datasets make of a cache, and of a server that speaks the Hub's API.

Usage: hub_cache.py ACTION REPOSITORY [FILE...], with HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE as they should be. Prints JSON.
snapshot: downloads the whole model, with its list of files. files: downloads the named files alone. look: what is found without
network. rows: the training rows of a dataset as `datasets` chooses them.
"""
import json
import os
import sys

action, repository, *files = sys.argv[1:]

if action == "snapshot":
    from huggingface_hub import snapshot_download

    result = {"folder": snapshot_download(repository, ignore_patterns=["*.bin"])}
elif action == "files":
    from huggingface_hub import hf_hub_download

    result = {"files": [hf_hub_download(repository, file) for file in files]}
elif action == "look":
    from huggingface_hub import HFCacheInfo, hf_hub_download, scan_cache_dir, snapshot_download
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    cache: HFCacheInfo = scan_cache_dir()
    model = AutoModelForCausalLM.from_pretrained(repository)
    result = {
        "folder": snapshot_download(repository, allow_patterns=files),
        "files": [hf_hub_download(repository, file) for file in files],
        "architecture": AutoConfig.from_pretrained(repository).model_type,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "tokens": AutoTokenizer.from_pretrained(repository)("Hello world", add_special_tokens=False)["input_ids"],
        "warnings": [str(warning) for warning in cache.warnings],
        "repositories": [
            {
                "id": repo.repo_id,
                "type": repo.repo_type,
                "refs": sorted(repo.refs),
                "files": sorted(file.file_name for revision in repo.revisions for file in revision.files),
            }
            for repo in sorted(cache.repos, key=lambda repo: repo.repo_id)
        ],
    }
elif action == "rows":
    from datasets import load_dataset

    result = {"rows": list(load_dataset(repository, split="train"))}
else:
    sys.exit(f"unknown action {action}")

import huggingface_hub

print(json.dumps({**result, "version": huggingface_hub.__version__}))
