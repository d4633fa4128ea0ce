#include "attention/mechanisms/lsh_attention.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/lsh_rounds.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

constexpr std::int64_t kMostPlaces = std::int64_t{1} << 31;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument("lsh: " + what); }

void check_operand(const char* name,
                   const TensorView& view,
                   const TensorView& like,
                   bool same_dim) {
  view.require_dtype(DType::kF32);
  const bool fits = view.rank == 3 && view.shape[0] == like.shape[0] &&
                    view.shape[1] == like.shape[1] &&
                    (!same_dim || view.shape[2] == like.shape[2]) && view.stride[2] == 1;
  if (!fits) {
    refuse(std::string(name) + " is " + describe(view) + " but queries or values are " +
           describe(like) + "; pass f32 (heads, tokens, dim) alike");
  }
}

void check(const LshArgs& args) {
  check_operand("queries", args.queries, args.queries, true);
  check_operand("keys", args.keys, args.queries, true);
  check_operand("values", args.values, args.queries, false);
  check_operand("out", args.out, args.values, true);
  const std::int64_t tokens = args.queries.shape[1];
  if (args.spec.chunk < 1 || args.spec.rounds < 1 || tokens % args.spec.chunk != 0 ||
      tokens > kMostPlaces / args.spec.rounds) {
    refuse(std::to_string(tokens) + " tokens in chunks of " + std::to_string(args.spec.chunk) +
           ", " + std::to_string(args.spec.rounds) +
           " rounds; pad them to a multiple, and ask for at most 2^31 places");
  }
  const auto wanted = static_cast<std::size_t>(args.queries.shape[0] * args.spec.rounds * tokens);
  if (!args.buckets || args.buckets->size() != wanted) {
    refuse("expected " + std::to_string(wanted) + " buckets (heads, rounds, tokens)");
  }
}

/// How many heads are worked on together: only a matter of schedule and memory.
std::int64_t heads_at_once(const LshArgs& args) {
  return std::min<std::int64_t>(args.queries.shape[0], tbb::this_task_arena::max_concurrency());
}

template <class Body>
void for_heads(const LshArgs& args, const Body& body) {
  const std::int64_t all = args.queries.shape[0];
  const std::int64_t step = heads_at_once(args);
  for (std::int64_t first = 0; first < all; first += step) {
    body(LshHeads{args, first, std::min(step, all - first)});
  }
}

/// Gradients by place, for the largest number of heads at once.
struct PlaceGradients {
  Tensor queries, keys, values;

  explicit PlaceGradients(const LshHeads& heads)
      : queries(heads.by_place(heads.args.queries)),
        keys(heads.by_place(heads.args.keys)),
        values(heads.by_place(heads.args.values)) {}
};

/// Every round's keys share one softmax, whose out and log_sum_exp are the merged ones: results are
/// read by token.
void differentiate(const Backend& backend,
                   const LshHeads& heads,
                   const LshRounds& rounds,
                   const LshGradientArgs& args,
                   const PlaceGradients& by_place) {
  OrderedGradientArgs call = {.forward = rounds.call(),
                              .result_order = rounds.places().order(),
                              .out_gradient = heads.of(args.out_gradient),
                              .query_gradient = by_place.queries.view().slice(0, 0, heads.count),
                              .key_gradient = by_place.keys.view().slice(0, 0, heads.count),
                              .value_gradient = by_place.values.view().slice(0, 0, heads.count)};
  call.forward.out = heads.of(args.forward.out);
  call.forward.log_sum_exp = rounds.total();
  ordered_attention_gradient(backend, call);
  gather_sums(rounds.places(), call.query_gradient, heads.of(args.query_gradient));
  gather_sums(rounds.places(), call.key_gradient, heads.of(args.key_gradient));
  gather_sums(rounds.places(), call.value_gradient, heads.of(args.value_gradient));
}

/// Nobody but oneself: the value itself, with a gradient for it alone.
void add_alone(const LshHeads& heads, const LshRounds& rounds, const LshGradientArgs& args) {
  const TensorView to = heads.of(args.value_gradient);
  const TensorView from = heads.of(args.out_gradient);
  for (std::int64_t head = 0; head < heads.count; ++head) {
    for (std::int64_t token = 0; token < heads.tokens(); ++token) {
      if (!rounds.alone(head, token)) continue;
      add_scaled(row_at(to, head, token), 1, row_at(from, head, token), from.shape[2]);
    }
  }
}

}  // namespace

void lsh_attention(const Backend& backend, const LshArgs& args) {
  check(args);
  const LshRows rows({args, 0, heads_at_once(args)});
  for_heads(args, [&](const LshHeads& heads) { LshRounds(backend, heads, rows); });
}

void lsh_attention_gradient(const Backend& backend, const LshGradientArgs& args) {
  const LshArgs& forward = args.forward;
  check(forward);
  check_operand("out gradient", args.out_gradient, forward.out, true);
  check_operand("query gradient", args.query_gradient, forward.queries, true);
  check_operand("key gradient", args.key_gradient, forward.keys, true);
  check_operand("value gradient", args.value_gradient, forward.values, true);
  const LshHeads most = {forward, 0, heads_at_once(forward)};
  const LshRows rows(most);
  const PlaceGradients by_place(most);
  for_heads(forward, [&](const LshHeads& heads) {
    const LshRounds rounds(backend, heads, rows);
    differentiate(backend, heads, rounds, args, by_place);
    add_alone(heads, rounds, args);
  });
}

}  // namespace heddle::attention
