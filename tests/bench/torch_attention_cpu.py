"""The CPU's speeds beside PyTorch's: reads what `heddle bench --json` printed on 1 and on 2 threads (FOLDER/1/*.json and
FOLDER/2/*.json), times the same cases in torch (and transformers, where installed) on 2 threads, and prints a row for
each: both times, both shares of the machine's fp32 peak over the work that the mask needs, both largest errors (ours
against the scalar reference, where heddle measured it; torch's against float64 over some rows), the ratio, and what
the engine must reach (floor) and wants (goal). torch_attention_cpu.sh makes the files and runs this.

    python3 tests/bench/torch_attention_cpu.py FOLDER [--only TEXT] [--tokens N] [--skip-flex]

--tokens N cuts torch's cases to N tokens, to try the script: its ratios then mean nothing and say so. torch runs at
most 2 heads of a masked case and the time is scaled to all: its work a head is the same.
"""

import argparse
import json
import pathlib
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
    return block_table(max(1, round(tokens / 640)), tokens)[q // 64, k // 64]


def dense_mask(rule, tokens):
    k = torch.arange(tokens)[None, :]
    rows = [rule(torch.arange(i, min(tokens, i + 1024))[:, None], k, tokens) for i in range(0, tokens, 1024)]
    return torch.cat(rows)


class Peer:
    """What a peer took, its output and how to check it: the largest difference from float64 over some rows of head 0."""

    def __init__(self, seconds, error=None):
        self.seconds, self.error = seconds, error


def worst(out, operands_of, rule, tokens):
    """Of out (1, heads, tokens, dim): rows at the begin, in the middle and at the end, by the definition."""
    q, k, v = (x[0, 0].detach().double() for x in operands_of)
    rows = torch.tensor([0, 1, tokens // 2, tokens // 2 + 1, tokens - 2, tokens - 1])
    logits = q[rows] @ k.T / q.shape[1] ** 0.5
    if rule is not None:
        logits.masked_fill_(~rule(rows[:, None], torch.arange(tokens)[None, :], tokens), float("-inf"))
    return (torch.softmax(logits, 1) @ v - out[0, 0, rows].double()).abs().max().item()


def dense(heads, tokens, dim):
    given = operands(heads, tokens, dim)
    with torch.no_grad():
        seconds = best(lambda: scaled_dot_product_attention(*given))
        return Peer(seconds, worst(scaled_dot_product_attention(*given), given, None, tokens))


def masked(rule, heads, tokens, dim):
    run = min(heads, HEADS_RUN)
    given = operands(run, tokens, dim)
    mask = dense_mask(rule, tokens)
    with torch.no_grad():
        call = lambda: scaled_dot_product_attention(*given, attn_mask=mask)
        return Peer(best(call) * heads / run, worst(call(), given, rule, tokens))


def masked_backward(rule, heads, tokens, dim):
    run = min(heads, HEADS_RUN)
    given = operands(run, tokens, dim, grad=True)
    out = scaled_dot_product_attention(*given, attn_mask=dense_mask(rule, tokens))
    gradient = torch.randn_like(out)
    call = lambda: torch.autograd.grad(out, given, gradient, retain_graph=True)
    return Peer(best(call) * heads / run, worst(out, given, rule, tokens))


def flex(rule, heads, tokens, dim):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    table = {big_bird: block_table(3, tokens), random_tenth: block_table(max(1, round(tokens / 640)), tokens)}.get(rule)

    def allowed(b, h, q, k):
        if rule is window:
            return window(q, k, tokens)
        listed = table[q // 64, k // 64]
        return listed if rule is random_tenth else ((q - k).abs() <= 64) | (q < 64) | (k < 64) | listed

    given = operands(heads, tokens, dim)
    with torch.no_grad():
        mask = torch.compile(create_block_mask)(allowed, None, None, tokens, tokens, device="cpu")
        compiled = torch.compile(flex_attention, dynamic=False)
        call = lambda: compiled(*given, block_mask=mask)
        return Peer(best(call), worst(call(), given, rule, tokens))


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
        return Peer(best(make(tokens)))


RULES = {"window 1024": window, "BigBird block 64": big_bird, "random 10%": random_tenth}
LAYERS = {"BigBird": big_bird_layer, "Longformer": longformer_layer, "Reformer": reformer_layer}


def cases_in(folder):
    """{case: row} and the highest peak of a folder's files."""
    files = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    rows = {row["case"]: row for file in files for row in file["cases"]}
    return rows, max((file["fp32_peak_gflops"] for file in files), default=0)


class Table:
    def __init__(self, folder, options):
        self.one, _ = cases_in(folder / "1")
        self.two, self.peak = cases_in(folder / "2")
        self.options = options
        self.verdicts = {}

    def tokens(self, wanted):
        return min(wanted, self.options.tokens) if self.options.tokens else wanted

    def says(self, name, row, ratio, floor, goal, below=False, peer=None, note=""):
        """One row; `below`: the ratio must not exceed floor and goal."""
        def reaches(bound):
            return ratio <= bound if below else ratio >= bound

        verdict = "goal" if reaches(goal) else "floor" if reaches(floor) else "BELOW"
        if note:
            verdict = "-"
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        work = row["gflops"] * row["seconds"]
        theirs, share, error = "-", "-", "-"
        if peer:
            theirs = f"{peer.seconds * 1e3:.1f}"
            share = f"{100 * work / peer.seconds / self.peak:.1f}" if work and not note else "-"
            error = f"{peer.error:.1e}" if peer.error is not None else "-"
        own = f"{100 * row['gflops'] / self.peak:.1f}" if work else "-"
        print(f"{name:66} {row['seconds'] * 1e3:9.1f} {own:>6} {row['error']:8.1e} {theirs:>9} {share:>6} {error:>8} "
              f"{ratio:8.3f} {floor:6} {goal:6}  {verdict} {note}", flush=True)

    def cannot(self, name, row, why):
        self.verdicts["cannot"] = self.verdicts.get("cannot", 0) + 1
        print(f"{name:66} {row['seconds'] * 1e3:9.1f} peer cannot: {why}", flush=True)

    def beside(self, case, name, call, floor, goal):
        """Ours beside what `call` gives; a peer that cannot run is named."""
        row = self.two.get(case)
        if row is None or self.options.only not in name:
            return
        try:
            peer = call()
        except Exception as error:  # whatever a peer's compiler or allocator raises
            reason = (str(error).splitlines() or [""])[0][:60]
            self.cannot(name, row, f"{type(error).__name__} {reason}")
            return
        cut = "(cut: no ratio)" if self.options.tokens else ""
        self.says(name, row, peer.seconds / row["seconds"], floor, goal, peer=peer, note=cut)


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
            table.says(f"{case}: share of peak", table.two[case], share, 0.55, 0.75)


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
            table.says(f"{case}: density x our dense", table.two[case], ratio, 1.2, 1.08, below=True)
        if cut <= 16384:
            table.beside(case, f"{case}: masked SDPA", lambda: masked(rule, heads, cut, dim), 5, 5)
        elif table.options.only in case:
            table.cannot(f"{case}: masked SDPA", table.two[case], f"its mask alone is {4 * cut * cut / 1e9:.0f} GB")
        if not table.options.skip_flex:
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
            table.says(f"{case}: ms", row, row["seconds"] * 1e3, 50, 10, below=True)
        chosen = table.two.get("chosen attention " + case.removeprefix("choice "))
        if case.startswith("choice ") and chosen:
            share = row["seconds"] / chosen["seconds"]
            table.says(f"{case}: share of its attention", row, share, 0.1, 0.04, below=True)
        alone = table.one.get(case)
        if alone and case.split()[0] in ("attention", "gradient"):
            ratio = alone["seconds"] / row["seconds"]
            table.says(f"{case}: 2 threads against 1", row, ratio, 1.9, 1.97)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--tokens", type=int, default=0)
    parser.add_argument("--skip-flex", action="store_true")
    options = parser.parse_args()
    table = Table(options.folder, options)
    if not table.two:
        parser.error(f"no {options.folder}/2/*.json: run torch_attention_cpu.sh")
    torch.set_num_threads(2)
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, 2 threads; fp32 peak of both threads "
          f"{table.peak:.1f} GFLOP/s")
    print(f"{'case':66} {'ours ms':>9} {'% peak':>6} {'error':>8} {'peer ms':>9} {'% peak':>6} {'error':>8} "
          f"{'ratio':>8} {'floor':>6} {'goal':>6}")
    for rows in (own_rows, dense_rows, pattern_rows, layer_rows):
        rows(table)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(table.verdicts.items())))


if __name__ == "__main__":
    main()
