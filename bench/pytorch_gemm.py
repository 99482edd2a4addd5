"""fp32 GFLOP/s of torch.matmul on CUDA (cuBLAS, TF32 off), square; prints one number.

python bench/pytorch_gemm.py <side> <runs>
"""

import sys
import time

import torch

side, runs = int(sys.argv[1]), int(sys.argv[2])
torch.backends.cuda.matmul.allow_tf32 = False
a = torch.rand(side, side, device="cuda")
b = torch.rand(side, side, device="cuda")
for _ in range(3):
    c = a @ b
torch.cuda.synchronize()
seconds = []
for _ in range(5):
    start = time.perf_counter()
    for _ in range(runs):
        torch.matmul(a, b, out=c)
    torch.cuda.synchronize()
    seconds.append((time.perf_counter() - start) / runs)
print(2 * side**3 / sorted(seconds)[2] / 1e9)
