"""The CPU's speeds beside PyTorch's: reads what `heddle bench --json` printed on 1 and on 2 threads, times the same
cases in torch (and transformers, where installed) on 2 threads, and prints a row for each with the ratio that the
engine must reach (floor) and wants (goal). torch_attention_cpu.sh makes the two files and runs this.

    python3 tests/bench/torch_attention_cpu.py ONE_THREAD.json TWO_THREADS.json [--only TEXT] [--tokens N]

--tokens N cuts torch's cases to N tokens, to try the script: its ratios then mean nothing and say so. torch runs at
most 2 heads of a masked case and the time is scaled to all: its work a head is the same.
"""

import argparse
import json
import time

import torch
from torch.nn.functional import scaled_dot_product_attention

HEADS_RUN = 2


def best(call, seconds=3.0):
    """The shortest of two runs or more, about `seconds` of them."""
    shortest, spent, runs = float("inf"), 0.0, 0
    while runs < 2 or (spent < seconds and runs < 10):
        begin = time.perf_counter()
        call()
        took = time.perf_counter() - begin
        shortest, spent, runs = min(shortest, took), spent + took, runs + 1
    return shortest


def operands(heads, tokens, dim, grad=False):
    torch.manual_seed(1)
    return [torch.randn(1, heads, tokens, dim, requires_grad=grad) for _ in range(3)]


def window(q, k, tokens):
    return (q >= k) & (q - k <= 1024)


def block_table(count, tokens):
    n = tokens // 64
    table = torch.zeros(n, n, dtype=torch.bool)
    table.scatter_(1, torch.rand(n, n, generator=torch.Generator().manual_seed(7)).topk(min(count, n)).indices, True)
    return table


def big_bird(q, k, tokens):
    return ((q - k).abs() <= 64) | (q < 64) | (k < 64) | block_table(3, tokens)[q // 64, k // 64]


def random_tenth(q, k, tokens):
    return block_table(max(1, tokens // 640), tokens)[q // 64, k // 64]


def dense_mask(rule, tokens):
    k = torch.arange(tokens)[None, :]
    rows = [rule(torch.arange(i, min(tokens, i + 1024))[:, None], k, tokens) for i in range(0, tokens, 1024)]
    return torch.cat(rows)


def dense(heads, tokens, dim):
    q, k, v = operands(heads, tokens, dim)
    with torch.no_grad():
        return best(lambda: scaled_dot_product_attention(q, k, v))


def masked(rule, heads, tokens, dim):
    run = min(heads, HEADS_RUN)
    q, k, v = operands(run, tokens, dim)
    mask = dense_mask(rule, tokens)
    with torch.no_grad():
        return best(lambda: scaled_dot_product_attention(q, k, v, attn_mask=mask)) * heads / run


def masked_backward(rule, heads, tokens, dim):
    run = min(heads, HEADS_RUN)
    q, k, v = operands(run, tokens, dim, grad=True)
    out = scaled_dot_product_attention(q, k, v, attn_mask=dense_mask(rule, tokens))
    gradient = torch.randn_like(out)
    return best(lambda: torch.autograd.grad(out, (q, k, v), gradient, retain_graph=True)) * heads / run


def flex(rule, heads, tokens, dim):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    table = {big_bird: block_table(3, tokens), random_tenth: block_table(max(1, tokens // 640), tokens)}.get(rule)

    def allowed(b, h, q, k):
        if rule is window:
            return window(q, k, tokens)
        listed = table[q // 64, k // 64]
        return listed if rule is random_tenth else ((q - k).abs() <= 64) | (q < 64) | (k < 64) | listed

    q, k, v = operands(heads, tokens, dim)
    with torch.no_grad():
        mask = torch.compile(create_block_mask)(allowed, None, None, tokens, tokens, device="cpu")
        call = torch.compile(flex_attention, dynamic=False)
        call(q, k, v, block_mask=mask)
        return best(lambda: call(q, k, v, block_mask=mask))


def big_bird_layer(tokens):
    from transformers import BigBirdConfig
    from transformers.models.big_bird.modeling_big_bird import BigBirdAttention, BigBirdModel

    config = BigBirdConfig(attention_type="block_sparse", block_size=64, num_random_blocks=3,
                           max_position_embeddings=tokens)
    layer = BigBirdAttention(config, seed=0).eval()
    ones = torch.ones(1, tokens)
    blocked, band, from_mask, to_mask = BigBirdModel.create_masks_for_block_sparse_attn(ones, 64)
    x = torch.randn(1, tokens, 768)
    return lambda: layer(x, band_mask=band, from_mask=from_mask, to_mask=to_mask,
                         from_blocked_mask=blocked, to_blocked_mask=blocked)


def longformer_layer(tokens):
    from transformers import LongformerConfig
    from transformers.models.longformer.modeling_longformer import LongformerAttention

    config = LongformerConfig(attention_window=[512], num_hidden_layers=1, max_position_embeddings=tokens)
    layer = LongformerAttention(config, layer_id=0).eval()
    x = torch.randn(1, tokens, 768)
    mask = torch.zeros(1, tokens)
    mask[:, 0] = 10000
    is_global = mask > 0
    return lambda: layer(x, attention_mask=mask, is_index_masked=mask < 0, is_index_global_attn=is_global,
                         is_global_attn=True)


def reformer_layer(tokens):
    from transformers import ReformerConfig
    from transformers.models.reformer.modeling_reformer import ReformerAttention

    config = ReformerConfig(hidden_size=768, num_attention_heads=12, attention_head_size=64, attn_layers=["lsh"],
                            num_hashes=4, num_buckets=2 * tokens // 64, lsh_attn_chunk_length=64, is_decoder=False,
                            max_position_embeddings=tokens)
    layer = ReformerAttention(config).eval()
    x = torch.randn(1, tokens, 768)
    return lambda: layer(x)


def layer(make, tokens):
    with torch.no_grad():
        call = make(tokens)
        return best(call)


RULES = {"window 1024": window, "BigBird block 64": big_bird, "random 10%": random_tenth}
LAYERS = {"BigBird": big_bird_layer, "Longformer": longformer_layer, "Reformer": reformer_layer}


class Table:
    def __init__(self, one, two, options):
        self.one = {row["case"]: row for row in one["cases"]}
        self.two = {row["case"]: row for row in two["cases"]}
        self.options = options

    def tokens(self, wanted):
        return min(wanted, self.options.tokens) if self.options.tokens else wanted

    def says(self, name, ours, theirs, ratio, floor, goal, below=False, note=""):
        """One row; `below`: the ratio must not exceed floor and goal."""
        def reaches(bound):
            return ratio <= bound if below else ratio >= bound

        verdict = "goal" if reaches(goal) else "floor" if reaches(floor) else "BELOW"
        theirs = f"{theirs * 1e3:11.1f}" if isinstance(theirs, float) else f"{theirs:>11}"
        print(f"{name:64} {ours * 1e3:10.1f} {theirs} {ratio:8.3f} {floor:8} {goal:8}  {verdict} {note}", flush=True)

    def beside(self, case, name, call, floor, goal):
        """Ours beside what `call` gives; a peer that cannot run is named."""
        row = self.two.get(case)
        if row is None or self.options.only not in name:
            return
        try:
            theirs = call()
        except Exception as error:  # whatever a peer's compiler or allocator raises
            reason = (str(error).splitlines() or [""])[0][:60]
            print(f"{name:64} {row['seconds'] * 1e3:10.1f}     cannot: {type(error).__name__} {reason}", flush=True)
            return
        cut = "(cut: no ratio)" if self.options.tokens else ""
        self.says(name, row["seconds"], theirs, theirs / row["seconds"], floor, goal, note=cut)


def pattern_of(case):
    """("window 1024", 16384, 8) of "attention window 1024 16k d64 x8"; None for other cases."""
    words = case.split()
    for name in RULES:
        if words[0] in ("attention", "gradient") and name in case and words[-1].startswith("x"):
            if "interleaved" in words:
                return None
            dim = next(int(word[1:]) for word in words if word[0] == "d" and word[1:].isdigit())
            kilo = next(int(word[:-1]) for word in words if word[-1] == "k" and word[:-1].isdigit())
            return name, 1024 * kilo, int(words[-1][1:]), dim
    return None


def dense_rows(table):
    for case in list(table.two):
        words = case.split()
        if not case.startswith("attention dense") or words[2] == "1k":
            continue
        tokens, dim, heads = 1024 * int(words[2][:-1]), int(words[3][1:]), int(words[-1][1:])
        table.beside(case, f"{case}: torch SDPA", lambda: dense(heads, table.tokens(tokens), dim), 1.2, 1.2)
        share = table.two[case]["share_of_peak"]
        if table.options.only in case:
            table.says(f"{case}: share of peak", table.two[case]["seconds"], "-", share, 0.55, 0.75)


def pattern_rows(table):
    ours = table.two.get("attention dense 16k d64 x1")
    for case in list(table.two):
        found = pattern_of(case)
        if found is None:
            continue
        name, tokens, heads, dim = found
        rule, cut = RULES[name], table.tokens(tokens)
        if case.startswith("gradient"):
            table.beside(case, f"{case}: masked SDPA backward",
                         lambda: masked_backward(rule, heads, cut, dim), 5, 10)
            continue
        if ours and dim == 64 and table.options.only in case:
            ratio = ours["gflops"] / table.two[case]["gflops"]
            table.says(f"{case}: density x our dense", table.two[case]["seconds"], "-", ratio, 1.2, 1.08, below=True)
        if cut <= 16384:
            table.beside(case, f"{case}: masked SDPA", lambda: masked(rule, heads, cut, dim), 5, 5)
        else:
            print(f"{case + ': masked SDPA':64} cannot: its mask alone is {4 * cut * cut / 1e9:.0f} GB")
        table.beside(case, f"{case}: flex", lambda: flex(rule, heads, cut, dim), 1.5, 1.5)


def layer_rows(table):
    for case in list(table.two):
        if not case.startswith("layer "):
            continue
        _, name, kilo, _ = case.split()
        tokens = table.tokens(1024 * int(kilo[:-1]))
        table.beside(case, f"{case}: transformers", lambda: layer(LAYERS[name], tokens), 4, 10)


def own_rows(table):
    for case, row in table.two.items():
        if table.options.only not in case:
            continue
        if case.startswith("plan ") and case.endswith(" 1M"):
            table.says(f"{case}: ms", row["seconds"], "-", row["seconds"] * 1e3, 50, 10, below=True)
        chosen = table.two.get("chosen attention " + case.removeprefix("choice "))
        if case.startswith("choice ") and chosen:
            share = row["seconds"] / chosen["seconds"]
            table.says(f"{case}: share of its attention", row["seconds"], "-", share, 0.1, 0.04, below=True)
        alone = table.one.get(case)
        if alone and case.split()[0] in ("attention", "gradient"):
            ratio = alone["seconds"] / row["seconds"]
            table.says(f"{case}: 2 threads against 1", row["seconds"], "-", ratio, 1.9, 1.97)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("one")
    parser.add_argument("two")
    parser.add_argument("--only", default="")
    parser.add_argument("--tokens", type=int, default=0)
    options = parser.parse_args()
    with open(options.one) as one, open(options.two) as two:
        table = Table(json.load(one), json.load(two), options)
    torch.set_num_threads(2)
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, 2 threads")
    print(f"{'case':64} {'ours ms':>10} {'theirs ms':>11} {'ratio':>8} {'floor':>8} {'goal':>8}")
    for rows in (own_rows, dense_rows, pattern_rows, layer_rows):
        rows(table)


if __name__ == "__main__":
    main()
