"""PyTorch's side of `npm run bench:generation`: greedy text from the model of a workload folder, with keys and values cached as
transformers' DynamicCache does, and without transformers' Python overhead.

Usage: generation_worker.py FOLDER BATCH PROMPT TOKENS ROUNDS. Prints one line of JSON; seconds are of processor time.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

from pytorch_worker import Model, describe, read_batches


class Writer(Model):
    def __init__(self, folder, workload):
        super().__init__(folder, workload, chunked=False)
        self.cache = []

    def rotate_at(self, x, start):
        rows = slice(start, start + x.shape[-2])
        first, second = x.chunk(2, -1)
        return x * self.cosines[rows] + torch.cat([second, first], -1) * self.sines[rows]

    def attend_cached(self, layer, x, start):
        prefix = f"model.layers.{layer}.self_attn"
        batch, length, _ = x.shape

        def project(name, heads):
            projected = self.linear(x, f"{prefix}.{name}.weight")
            return projected.view(batch, length, heads, self.head_size).transpose(1, 2)

        q = self.rotate_at(project("q_proj", self.heads), start)
        k = self.rotate_at(project("k_proj", self.kv_heads), start)
        v = project("v_proj", self.kv_heads)
        if start > 0:
            keys, values = self.cache[layer]
            k, v = torch.cat([keys, k], -2), torch.cat([values, v], -2)
            self.cache[layer] = (k, v)
        else:
            self.cache.append((k, v))
        grouped = self.kv_heads < self.heads
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=length > 1, enable_gqa=grouped)
        mixed = mixed.transpose(1, 2).reshape(batch, length, self.heads * self.head_size)
        return self.linear(mixed, f"{prefix}.o_proj.weight")

    def logits(self, ids, start):
        """[batch, vocab] after the last of `ids` [batch, length], whose first stands at position `start`."""
        x = F.embedding(ids, self.parameters["model.embed_tokens.weight"])
        for layer in range(self.layers):
            h = self.norm(x, f"model.layers.{layer}.input_layernorm.weight")
            x = x + self.attend_cached(layer, h, start)
            x = x + self.transform(layer, self.norm(x, f"model.layers.{layer}.post_attention_layernorm.weight"))
        last = self.norm(x[:, -1], "model.norm.weight")
        return F.linear(last, self.parameters["model.embed_tokens.weight"])

    def write(self, prompts, tokens):
        self.cache = []
        begin = time.process_time()
        ids = self.logits(prompts, 0).argmax(-1, keepdim=True)
        prompt_seconds = time.process_time() - begin
        written, seconds = [ids], []
        for step in range(tokens - 1):
            begin = time.process_time()
            ids = self.logits(ids, prompts.shape[1] + step).argmax(-1, keepdim=True)
            seconds.append(time.process_time() - begin)
            written.append(ids)
        return {"promptSeconds": prompt_seconds, "tokenSeconds": seconds, "ids": torch.cat(written, 1).tolist()}


def main():
    folder = sys.argv[1]
    batch, prompt, tokens, rounds = (int(argument) for argument in sys.argv[2:6])
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    with open(f"{folder}/workload.json") as file:
        workload = json.load(file)
    # Positions up to the last token written.
    writer = Writer(folder, {**workload, "length": prompt + tokens})
    sequences = read_batches(folder, workload).flatten(0, 1)[:batch, :prompt]
    with torch.inference_mode():
        answers = [writer.write(sequences, tokens) for _ in range(rounds)]
    print(json.dumps({"detail": describe(), "rounds": answers}))


if __name__ == "__main__":
    main()
