"""PyTorch's side of `npm run bench`: the model of a workload folder in eager PyTorch, with the settings that were fastest here.

Usage: pytorch_worker.py FOLDER THREADS [--chunked]. Answers one JSON line to each JSON line on its standard input (test/bench/worker.ts).
Reads the workload (test/bench/workload.ts) with the standard library: no other package than torch is needed.
"""

import json
import os
import struct
import sys
import time


def status_mebibytes(key):
    """VmHWM or VmRSS of this process; None where there is no /proc."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(key + ":"))
    except OSError:
        return None


import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

AFTER_IMPORT = status_mebibytes("VmRSS")


def read_safetensors(path):
    """The tensors of a file in which all are float32."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            data = bytearray(end - begin)
            file.readinto(data)
            tensors[name] = torch.frombuffer(data, dtype=torch.float32).reshape(entry["shape"]).clone()
    return tensors


def read_batches(folder, workload):
    """Token ids [batches, sequences, length]."""
    with open(os.path.join(folder, "tokens.int32"), "rb") as file:
        data = bytearray(file.read())
    ids = torch.frombuffer(data, dtype=torch.int32).long()
    return ids.reshape(workload["batches"], workload["sequences"], workload["length"])


class Model:
    """Llama as in transformers' modeling_llama.py, without its Python overhead."""

    def __init__(self, folder, workload, chunked):
        """`chunked`: the logits never exist at once; less memory, and slower at most sizes."""
        self.chunked = chunked
        with open(os.path.join(folder, "config.json")) as file:
            config = json.load(file)
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.kv_heads = config["num_key_value_heads"]
        self.head_size = config["head_dim"]
        self.epsilon = config["rms_norm_eps"]
        self.hidden = config["hidden_size"]
        weights = read_safetensors(os.path.join(folder, "model.safetensors"))
        self.parameters = {name: torch.nn.Parameter(value) for name, value in weights.items()}
        self.lora = workload["lora"]
        self.adapters = {}
        if self.lora:
            self.add_adapters(folder)
        half = self.head_size // 2
        frequencies = config["rope_theta"] ** (-torch.arange(half, dtype=torch.float32) / half)
        angles = torch.outer(torch.arange(workload["length"], dtype=torch.float32), frequencies)
        self.cosines = torch.cat([angles.cos(), angles.cos()], -1)
        self.sines = torch.cat([-angles.sin(), angles.sin()], -1)

    def add_adapters(self, folder):
        """As PEFT does: y = W x + (alpha / rank) B (A x), W frozen."""
        for parameter in self.parameters.values():
            parameter.requires_grad_(False)
        stored = read_safetensors(os.path.join(folder, "adapter_model.safetensors"))
        for name, a in stored.items():
            if not name.endswith(".lora_A.weight"):
                continue
            b = stored[name.replace(".lora_A.", ".lora_B.")]
            weight = name.removeprefix("base_model.model.").replace(".lora_A.weight", ".weight")
            self.adapters[weight] = (torch.nn.Parameter(a), torch.nn.Parameter(b))

    def trainable(self):
        if self.lora:
            return [parameter for pair in self.adapters.values() for parameter in pair]
        return list(self.parameters.values())

    def linear(self, x, name):
        y = F.linear(x, self.parameters[name])
        if name not in self.adapters:
            return y
        a, b = self.adapters[name]
        return y + F.linear(F.linear(x, a), b) * (self.lora["alpha"] / self.lora["rank"])

    def norm(self, x, name):
        return F.rms_norm(x, (self.hidden,), self.parameters[name], self.epsilon)

    def rotate(self, x):
        first, second = x.chunk(2, -1)
        return x * self.cosines + torch.cat([second, first], -1) * self.sines

    def attend(self, layer, x):
        prefix = f"model.layers.{layer}.self_attn"
        batch, length, _ = x.shape

        def project(name, heads):
            projected = self.linear(x, f"{prefix}.{name}.weight")
            return projected.view(batch, length, heads, self.head_size).transpose(1, 2)

        q = self.rotate(project("q_proj", self.heads))
        k = self.rotate(project("k_proj", self.kv_heads))
        v = project("v_proj", self.kv_heads)
        grouped = self.kv_heads < self.heads
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        mixed = mixed.transpose(1, 2).reshape(batch, length, self.heads * self.head_size)
        return self.linear(mixed, f"{prefix}.o_proj.weight")

    def transform(self, layer, x):
        prefix = f"model.layers.{layer}.mlp"
        gate = F.silu(self.linear(x, f"{prefix}.gate_proj.weight"))
        return self.linear(gate * self.linear(x, f"{prefix}.up_proj.weight"), f"{prefix}.down_proj.weight")

    def loss(self, ids):
        """Mean cross-entropy of every token but the first of each sequence."""
        x = F.embedding(ids, self.parameters["model.embed_tokens.weight"])
        for layer in range(self.layers):
            x = x + self.attend(layer, self.norm(x, f"model.layers.{layer}.input_layernorm.weight"))
            x = x + self.transform(layer, self.norm(x, f"model.layers.{layer}.post_attention_layernorm.weight"))
        hidden = self.norm(x[:, :-1], "model.norm.weight").reshape(-1, self.hidden)
        head = self.parameters["model.embed_tokens.weight"]
        labels = ids[:, 1:].reshape(-1)
        if self.chunked:
            return F.linear_cross_entropy(hidden, head, labels, options=torch.nn.LinearCrossEntropyOptions())
        return F.cross_entropy(F.linear(hidden, head), labels)


class Trainer:
    def __init__(self, folder, chunked):
        with open(os.path.join(folder, "workload.json")) as file:
            self.workload = json.load(file)
        self.model = Model(folder, self.workload, chunked)
        self.batches = read_batches(folder, self.workload)
        options = self.workload["optimizer"]
        self.parameters = self.model.trainable()
        self.optimizer = torch.optim.AdamW(
            self.parameters,
            lr=options["lr"],
            betas=(options["beta1"], options["beta2"]),
            eps=options["eps"],
            weight_decay=options["weightDecay"],
            fused=True,
        )
        self.steps = 0

    def step(self):
        loss = self.model.loss(self.batches[self.steps % len(self.batches)])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.workload["optimizer"]["clip"])
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        return loss.item()

    def run(self, steps):
        losses, seconds, processor_seconds = [], [], []
        for _ in range(steps):
            begin, used = time.perf_counter(), time.process_time()
            losses.append(self.step())
            seconds.append(time.perf_counter() - begin)
            processor_seconds.append(time.process_time() - used)
        return {"losses": losses, "seconds": seconds, "processorSeconds": processor_seconds}


def describe():
    blas = next(line.strip(" -") for line in torch.__config__.show().splitlines() if "Math Kernel" in line or "BLAS" in line)
    return f"PyTorch {torch.__version__}, {blas}, {torch.backends.cpu.get_cpu_capability()}"


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    trainer = Trainer(folder, chunked="--chunked" in sys.argv)
    print(json.dumps({"detail": describe()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = trainer.run(request["steps"])
        peak = status_mebibytes("VmHWM")
        print(json.dumps({**answer, "peakMebibytes": peak, "importMebibytes": AFTER_IMPORT}), flush=True)


if __name__ == "__main__":
    main()
