"""A gene model's training step in PyTorch, for cuda_training_bench: the architecture of genes-reference, bf16
autocast, fused AdamW, clipping; eager and compiled. Prints milliseconds a step and windows a second.

    python3 torch_training_bench.py [BATCH ...]
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, TOKENS, BASES = 256, 1024, 6144


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1 = nn.RMSNorm(WIDTH, eps=1e-6)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.o = nn.Linear(WIDTH, WIDTH, bias=False)
        self.n2 = nn.RMSNorm(WIDTH, eps=1e-6)
        self.w1 = nn.Linear(WIDTH, 1360, bias=False)
        self.w2 = nn.Linear(680, WIDTH, bias=False)

    def forward(self, t, cosine, sine):
        batch = t.shape[0]
        q, k, v = self.qkv(self.n1(t)).view(batch, TOKENS, 3, 8, 32).permute(2, 0, 3, 1, 4)

        def turned(x):
            a, b = x[..., :16], x[..., 16:]
            return torch.cat([a * cosine - b * sine, a * sine + b * cosine], -1).to(v.dtype)

        a = F.scaled_dot_product_attention(turned(q), turned(k), v)
        t = t + self.o(a.transpose(1, 2).reshape(batch, TOKENS, WIDTH))
        gate, value = self.w1(self.n2(t)).chunk(2, -1)
        return t + self.w2(F.silu(gate) * value)


class Genes(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Conv1d(5, 96, 9, padding=4)
        self.a = nn.ModuleList([nn.Conv1d(96, 96, 5, padding=2 * d, dilation=d) for d in (1, 3, 9)])
        self.b = nn.ModuleList([nn.Conv1d(96, 96, 1) for _ in range(3)])
        self.down = nn.Conv1d(96, WIDTH, 6, stride=6)
        self.blocks = nn.ModuleList([Block() for _ in range(8)])
        self.n = nn.RMSNorm(WIDTH, eps=1e-6)
        self.up = nn.Linear(WIDTH, 384)
        self.h0 = nn.Conv1d(160, 96, 7, padding=3)
        self.h2 = nn.Conv1d(96, 8, 1)
        angles = torch.arange(float(TOKENS))[:, None] * 10000 ** (-torch.arange(16.0) / 16)
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())

    def forward(self, bases):
        e = self.emb(F.one_hot(bases, 5).transpose(1, 2).float())
        for a, b in zip(self.a, self.b):
            e = e + b(F.gelu(a(F.gelu(e))))
        t = self.down(F.gelu(e)).transpose(1, 2)
        for block in self.blocks:
            t = block(t, self.cosine, self.sine)
        u = self.up(self.n(t)).view(bases.shape[0], BASES, 64).transpose(1, 2)
        return self.h2(F.gelu(self.h0(torch.cat([u, e], 1))))


def measure(name, compiled, batch, warm=5, steps=20):
    torch.manual_seed(0)
    model = Genes().cuda()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    forward = torch.compile(model) if compiled else model
    bases = torch.randint(0, 4, (batch, BASES), device="cuda")
    labels = torch.randint(0, 4, (batch, 2, BASES), device="cuda")

    def step():
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            logits = forward(bases).float()
            loss = F.cross_entropy(logits[:, :4], labels[:, 0]) + F.cross_entropy(logits[:, 4:], labels[:, 1])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    for _ in range(warm):
        step()
    torch.cuda.synchronize()
    begin = time.time()
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    seconds = (time.time() - begin) / steps
    print(f"{name}, batch {batch}: {seconds * 1e3:.2f} ms a step, {batch / seconds:.0f} windows a second", flush=True)


if __name__ == "__main__":
    torch.set_float32_matmul_precision("high")
    for size in [int(word) for word in sys.argv[1:]] or [16, 64]:
        measure("eager", False, size)
        measure("compiled", True, size)
