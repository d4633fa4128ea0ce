"""What torch reaches on the cases of cuda_attention_bench and, with --backward, of cuda_gradient_bench, on the same
card: dense attention by cuDNN (and, backward, by FlashAttention), FlexAttention compiled. Prints milliseconds and
TFLOP/s on the pairs that the mask needs; a backward pass counts five products a pair.

    python3 tests/bench/torch_attention_bench.py [--backward] [case ...]
"""

import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention

K32, K128, K512, K1M = 32768, 131072, 524288, 1048576
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
    "window-d128-512k": (K512, 128, lambda n: window_causal, 128),
    "window-d64-1m": (K1M, 64, lambda n: window_causal, 128),
    "window-d64-32k": (K32, 64, lambda n: window_causal, 128),
    "longformer-d128-32k": (K32, 128, lambda n: longformer, 128),
    "longformer-d128-128k": (K128, 128, lambda n: longformer, 128),
    "longformer-d128-512k": (K512, 128, lambda n: longformer, 128),
    "bigbird64-d128-128k": (K128, 128, lambda n: bigbird(64, n), 64),
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


def report(name, time, products, pairs, dim, what):
    rate = 2 * products * pairs * HEADS * dim / time * 1e-9
    print(f"{name:22} {time:9.3f} ms {rate:7.1f} TFLOP/s  {what}", flush=True)


def measure(call, inputs, backward):
    """The call's time, or with `backward` that of its gradients."""
    if not backward:
        return milliseconds(call)
    for tensor in inputs:
        tensor.requires_grad_()
    out = call()
    gradient = torch.randn_like(out)
    return milliseconds(lambda: torch.autograd.grad(out, inputs, gradient, retain_graph=True))


def measure_dense(name, inputs, tokens, dim, backward):
    peers = {"cuDNN": SDPBackend.CUDNN_ATTENTION}
    if backward:
        peers["FlashAttention"] = SDPBackend.FLASH_ATTENTION
    for what, peer in peers.items():
        with sdpa_kernel(peer):
            time = measure(lambda: scaled_dot_product_attention(*inputs), inputs, backward)
        report(name, time, 5 if backward else 2, tokens * tokens, dim, what)


def measure_flex(name, inputs, case, backward):
    tokens, dim, make, block = case
    mask = make(tokens)
    build = torch.compile(create_block_mask)
    block_mask = build(mask, None, None, tokens, tokens, BLOCK_SIZE=(block, block))
    building = milliseconds(lambda: build(mask, None, None, tokens, tokens, BLOCK_SIZE=(block, block)))
    torch._dynamo.reset()
    compiled = torch.compile(flex_attention, dynamic=False)
    options = {"BLOCK_M": 64, "BLOCK_N": 64} if block == 64 else None
    time = measure(lambda: compiled(*inputs, block_mask=block_mask, kernel_options=options), inputs, backward)
    what = f"flex, its mask built in {building:.1f} ms"
    report(name, time, 5 if backward else 2, pairs_of(mask, tokens), dim, what)


def main():
    chosen = [name for name in sys.argv[1:] if name != "--backward"]
    backward = "--backward" in sys.argv
    for name, case in CASES.items():
        if chosen and name not in chosen:
            continue
        tokens, dim, make, _ = case
        inputs = [torch.randn(1, HEADS, tokens, dim, device="cuda", dtype=torch.bfloat16) for _ in range(3)]
        try:
            if make is None:
                measure_dense(name, inputs, tokens, dim, backward)
            else:
                measure_flex(name, inputs, case, backward)
        except Exception as error:  # a peer that cannot is a result too
            print(f"{name:22} {type(error).__name__}: {str(error).splitlines()[0][:120]}", flush=True)


main()
