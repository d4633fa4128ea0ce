"""What torch reaches on the cases of cuda_attention_bench, on the same card: cuDNN's dense attention and
FlexAttention compiled. Prints milliseconds and TFLOP/s on the pairs that the mask needs.

    python3 tests/bench/torch_attention_bench.py [case ...]
"""

import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention

K32, K128 = 32768, 131072
HEADS = 16


def window_causal(b, h, q, k):
    return (q >= k) & (q - k <= 1024)


def longformer(b, h, q, k):
    return ((q - k).abs() <= 512) | (q < 128) | (k < 128)


def blocks(count, block, tokens):
    """`count` distinct random key blocks for each query block, as a table."""
    n = tokens // block
    random = torch.rand(n, n, device="cuda", generator=torch.Generator("cuda").manual_seed(7))
    table = torch.zeros(n, n, dtype=torch.bool, device="cuda")
    table.scatter_(1, random.topk(count, dim=1).indices, True)
    return table


def random_blocks(count, block, tokens):
    table = blocks(count, block, tokens)
    return lambda b, h, q, k: table[q // block, k // block]


def bigbird(block, tokens):
    table = blocks(3, block, tokens)
    return lambda b, h, q, k: (
        ((q - k).abs() <= block) | (q < 2 * block) | (k < 2 * block) | table[q // block, k // block]
    )


# name: tokens, head dim, mask (None: dense), block
CASES = {
    "dense-d128-32k": (K32, 128, None, 128),
    "dense-d64-32k": (K32, 64, None, 128),
    "window-d128-32k": (K32, 128, lambda n: window_causal, 128),
    "window-d128-128k": (K128, 128, lambda n: window_causal, 128),
    "window-d64-32k": (K32, 64, lambda n: window_causal, 128),
    "longformer-d128-32k": (K32, 128, lambda n: longformer, 128),
    "longformer-d128-128k": (K128, 128, lambda n: longformer, 128),
    "bigbird64-d128-32k": (K32, 128, lambda n: bigbird(64, n), 64),
    "bigbird128-d128-32k": (K32, 128, lambda n: bigbird(128, n), 128),
    "bigbird128-d128-128k": (K128, 128, lambda n: bigbird(128, n), 128),
    "random5-d128-32k": (K32, 128, lambda n: random_blocks(13, 128, n), 128),
    "random10-d128-32k": (K32, 128, lambda n: random_blocks(26, 128, n), 128),
    "random25-d128-32k": (K32, 128, lambda n: random_blocks(64, 128, n), 128),
}


def pairs_of(mask, tokens):
    """The attended pairs of one head, counted 1024 queries at a time."""
    k = torch.arange(tokens, device="cuda")[None, :]
    total = 0
    for begin in range(0, tokens, 1024):
        q = torch.arange(begin, begin + 1024, device="cuda")[:, None]
        total += int(mask(0, 0, q, k).sum())
    return total


def milliseconds(call):
    for _ in range(3):
        call()
    times = []
    for _ in range(9):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(3):
            call()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / 3)
    return sorted(times)[len(times) // 2]


def main():
    for name, (tokens, dim, make, block) in CASES.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        q, k, v = (torch.randn(1, HEADS, tokens, dim, device="cuda", dtype=torch.bfloat16) for _ in range(3))
        if make is None:
            pairs = tokens * tokens
            with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
                time = milliseconds(lambda: scaled_dot_product_attention(q, k, v))
            what = "cuDNN"
        else:
            mask = make(tokens)
            pairs = pairs_of(mask, tokens)
            size = (block, block)
            block_mask = torch.compile(create_block_mask)(mask, None, None, tokens, tokens, BLOCK_SIZE=size)
            torch._dynamo.reset()
            compiled = torch.compile(flex_attention, dynamic=False)
            options = {"BLOCK_M": 64, "BLOCK_N": 64} if block == 64 else None
            time = milliseconds(lambda: compiled(q, k, v, block_mask=block_mask, kernel_options=options))
            what = "flex"
        print(f"{name:22} {time:9.3f} ms {4 * pairs * HEADS * dim / time * 1e-9:7.1f} TFLOP/s  {what}", flush=True)


main()
