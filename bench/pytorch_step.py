"""The demo model's training step and square products in PyTorch: the baseline of against-pytorch.ts.

    python bench/pytorch_step.py <threads> <steps>        prints one line of JSON
"""

import json
import math
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F

THREADS, STEPS = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(THREADS)
V, T, D, L, H, FF, B = 1024, 128, 128, 3, 4, 344, 8


def parameter(*shape):
    return torch.nn.Parameter(torch.randn(*shape) * 0.02)


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gflops(n):
    a, b = torch.randn(n, n), torch.randn(n, n)
    a @ b
    seconds = []
    for _ in range(9):
        start = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - start)
    return 2 * n**3 / statistics.median(seconds) / 1e9


warm = parameter(8, 8)
optimizer = torch.optim.AdamW([warm])
warm.sum().backward()
optimizer.step()
base = peak_mib()

embeddings, head = parameter(V, D), parameter(V, D)
final = torch.nn.Parameter(torch.ones(D))
layers = [
    dict(
        q=parameter(D, D), k=parameter(D, D), v=parameter(D, D), o=parameter(D, D),
        w1=parameter(FF, D), w3=parameter(FF, D), w2=parameter(D, FF),
        n1=torch.nn.Parameter(torch.ones(D)), n2=torch.nn.Parameter(torch.ones(D)),
    )
    for _ in range(L)
]
parameters = [embeddings, head, final] + [p for layer in layers for p in layer.values()]
optimizer = torch.optim.AdamW(parameters, lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1)
d = D // H
angle = torch.arange(T)[:, None] * (10000 ** (-torch.arange(0, d, 2) / d))[None]
cos, sin = angle.cos(), angle.sin()


def rope(x):
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


def norm(x, gain):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * gain


def logits(tokens):
    x = embeddings[tokens]
    for layer in layers:
        n = norm(x, layer["n1"])
        q, k, v = ((n @ layer[c].T).view(B, T, H, d).transpose(1, 2) for c in "qkv")
        mixed = F.scaled_dot_product_attention(rope(q), rope(k), v, is_causal=True)
        x = x + mixed.transpose(1, 2).reshape(B, T, D) @ layer["o"].T
        n = norm(x, layer["n2"])
        x = x + (F.silu(n @ layer["w1"].T) * (n @ layer["w3"].T)) @ layer["w2"].T
    return norm(x, final) @ head.T


seconds = []
for _ in range(STEPS + 2):
    tokens = torch.randint(0, V, (B, T + 1))
    start = time.perf_counter()
    optimizer.zero_grad()
    loss = F.cross_entropy(logits(tokens[:, :-1]).reshape(-1, V), tokens[:, 1:].reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    seconds.append(time.perf_counter() - start)
print(
    json.dumps(
        dict(
            tokensPerSecond=B * T / statistics.median(seconds[2:]),
            stepMib=peak_mib() - base,
            gflops512=gflops(512),
            gflops1024=gflops(1024),
            version=torch.__version__,
        )
    )
)
assert math.isfinite(loss.item())
