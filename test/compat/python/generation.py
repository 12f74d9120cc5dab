"""What the installed transformers writes and how it judges answers.

Usage: generation.py CASES. CASES is JSON: {"models": [{"folder", "adapter"}], "prompts": [[id]], "settings": [generate's arguments],
"pairs": [{"prompt", "answer"}]}. Prints the versions of the libraries, then JSON: for each model {"written": for each setting the new
ids of every prompt (one batch, padded on the left), "losses": for each pair the mean loss over the answer and the token that ends
the turn, "tokens": how many those are}.
"""
import json
import sys

import peft
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

with open(sys.argv[1], encoding="utf8") as file:
    cases = json.load(file)

longest = max(map(len, cases["prompts"]))
ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in cases["prompts"]])
mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in cases["prompts"]])


def losses_of(model, tokenizer, pair):
    user = {"role": "user", "content": pair["prompt"]}
    assistant = {"role": "assistant", "content": pair["answer"]}
    before = tokenizer.apply_chat_template([user], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template([user, assistant], tokenize=False)
    # Templates may write a line end behind the token that ends the turn, which the model never has to write.
    answer = whole[len(before):].rstrip("\n")
    encode = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    prompt, learned = encode(before), encode(answer)
    labels = torch.tensor([[-100] * len(prompt) + learned])
    with torch.no_grad():
        loss = model(input_ids=torch.tensor([prompt + learned]), labels=labels).loss
    return loss.item(), len(learned)


results = []
for case in cases["models"]:
    model = AutoModelForCausalLM.from_pretrained(
        case["folder"], dtype=torch.float32, attn_implementation="eager"
    )
    if case["adapter"]:
        model = peft.PeftModel.from_pretrained(model, case["adapter"])
    model.eval()
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    written = [
        model.generate(input_ids=ids, attention_mask=mask, do_sample=False, **setting)[:, longest:].tolist()
        for setting in cases["settings"]
    ]
    tokenizer = AutoTokenizer.from_pretrained(case["folder"])
    judged = [losses_of(model, tokenizer, pair) for pair in cases["pairs"]]
    results.append({"written": written, "losses": [loss for loss, _ in judged], "tokens": [n for _, n in judged]})
print(f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}")
print(json.dumps(results))
