"""What transformers makes of conversations: `apply_chat_template` with the tokens and the mask of the assistant's.

Usage: chat_templates.py INPUT OUTPUT. INPUT is JSON: {"tokenizers": {name: folder}, "cases": [{"tokenizer", "template", "marked"}],
"conversations": [[{"role", "content"}]]}; `marked` is the template with {% generation %} blocks. OUTPUT: for each case a list with
{"rendered", "prompt", "ids", "mask"} or {"error"} for each conversation. Prints the library's version.
"""
import json
import sys

import transformers
from transformers import AutoTokenizer

source, target = sys.argv[1:]
with open(source, encoding="utf8") as file:
    given = json.load(file)
tokenizers = {name: AutoTokenizer.from_pretrained(folder) for name, folder in given["tokenizers"].items()}


def apply(tokenizer, case, messages):
    options = {"chat_template": case["template"], "tokenize": False}
    try:
        rendered = tokenizer.apply_chat_template(messages, **options)
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, **options)
    except Exception as error:
        return {"error": str(error)}
    options = {"return_dict": True, "return_assistant_tokens_mask": True}
    tokens = tokenizer.apply_chat_template(messages, chat_template=case["marked"], **options)
    return {"rendered": rendered, "prompt": prompt, "ids": tokens["input_ids"], "mask": tokens["assistant_masks"]}


results = [
    [apply(tokenizers[case["tokenizer"]], case, messages) for messages in given["conversations"]] for case in given["cases"]
]
with open(target, "w", encoding="utf8") as file:
    json.dump(results, file)
print(f"transformers {transformers.__version__}")
