#include "attention/mechanisms/lsh_attention.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/places.h"
#include "attention/patterns/listed.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

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
  if (args.spec.chunk < 1 || args.spec.rounds < 1 || tokens % args.spec.chunk != 0) {
    refuse(std::to_string(tokens) + " tokens in chunks of " + std::to_string(args.spec.chunk) +
           "; pad them to a multiple");
  }
  const auto wanted = static_cast<std::size_t>(args.queries.shape[0] * args.spec.rounds * tokens);
  if (!args.buckets || args.buckets->size() != wanted) {
    refuse("expected " + std::to_string(wanted) + " buckets (heads, rounds, tokens)");
  }
}

/// The rounds of every head behind one another, and their plan.
struct Sorted : Places {
  BlockPlan plan;
};

void sort_rounds(const LshArgs& args, Sorted& sorted) {
  const std::int64_t tokens = args.queries.shape[1];
  for (std::int64_t i = 0; i < args.queries.shape[0] * args.spec.rounds; ++i) {
    const std::int32_t* buckets = args.buckets->data() + i * tokens;
    const auto first = sorted.order.end() - sorted.order.begin();
    sorted.order.resize(sorted.order.size() + static_cast<std::size_t>(tokens));
    std::iota(sorted.order.begin() + first, sorted.order.end(), std::int64_t{0});
    std::stable_sort(sorted.order.begin() + first,
                     sorted.order.end(),
                     [&](std::int64_t a, std::int64_t b) { return buckets[a] < buckets[b]; });
  }
}

/// A place attends the places of its chunk and of the chunk before that hold other tokens (causal:
/// earlier ones).
BlockLists lists_of(const LshArgs& args, const Sorted& sorted) {
  const std::int64_t heads = args.queries.shape[0];
  const std::int64_t chunk = args.spec.chunk;
  BlockLists lists = {.heads = static_cast<int>(heads), .query_block = 1, .key_block = 1};
  const auto append_chunk = [&](std::int64_t head, std::int64_t token, std::int64_t from) {
    for (std::int64_t place = from; place < from + chunk; ++place) {
      const std::int64_t other = sorted.token(head, place);
      if (args.spec.causal ? other < token : other != token) lists.blocks.push_back(place);
    }
  };
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t place = 0; place < sorted.count; ++place) {
      const std::int64_t token = sorted.token(head, place);
      const std::int64_t own = place / chunk * chunk;
      const std::int64_t before = own == 0 ? sorted.count - chunk : own - chunk;
      if (before < own) append_chunk(head, token, before);
      append_chunk(head, token, own);
      if (before > own) append_chunk(head, token, before);
      lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
    }
  }
  return lists;
}

Sorted sort(const LshArgs& args) {
  check(args);
  Sorted sorted;
  sorted.count = args.spec.rounds * args.queries.shape[1];
  sort_rounds(args, sorted);
  sorted.plan = plan(listed(lists_of(args, sorted)),
                     {.heads = static_cast<int>(args.queries.shape[0]),
                      .queries = sorted.count,
                      .keys = sorted.count});
  return sorted;
}

/// The log-sum-exp over all rounds, (heads, tokens): -inf where no round has another token.
Tensor merged(const Sorted& sorted, const TensorView& of_rounds, std::int64_t tokens) {
  const std::int64_t heads = of_rounds.shape[0];
  Tensor made(DType::kF32, {heads, tokens, 1});
  for (std::int64_t head = 0; head < heads; ++head) {
    std::vector<double> sums(static_cast<std::size_t>(tokens), -HUGE_VAL);
    for (std::int64_t place = 0; place < sorted.count; ++place) {
      double& sum = sums[static_cast<std::size_t>(sorted.token(head, place))];
      const double part = of_rounds.as<float>()[head * sorted.count + place];
      const double max = std::max(sum, part);
      if (max > -HUGE_VAL) sum = max + std::log(std::exp(sum - max) + std::exp(part - max));
    }
    for (std::int64_t token = 0; token < tokens; ++token) {
      made.view().as<float>()[head * tokens + token] =
          static_cast<float>(sums[static_cast<std::size_t>(token)]);
    }
  }
  return made;
}

/// A forward call over the sorted rounds and its merge.
struct Rounds {
  Sorted sorted;
  Tensor queries, keys, values, out;  // (heads, places, dim)
  Tensor log_sum_exp;                 // (heads, places)
  Tensor total;                       // (heads, tokens, 1)

  Rounds(const Backend& backend, const LshArgs& args)
      : sorted(sort(args)),
        queries(gathered(sorted, args.queries)),
        keys(gathered(sorted, args.keys)),
        values(gathered(sorted, args.values)),
        out(DType::kF32, {args.values.shape[0], sorted.count, args.values.shape[2]}),
        log_sum_exp(DType::kF32, {args.values.shape[0], sorted.count}) {
    const TensorView sets[] = {queries.view()};
    const KeySegment segments[] = {{keys.view(), values.view()}};
    backend.attention({.plan = &sorted.plan,
                       .queries = sets,
                       .segments = segments,
                       .scale = args.scale,
                       .out = out.view(),
                       .log_sum_exp = log_sum_exp.view()});
    total = merged(sorted, log_sum_exp.view(), args.queries.shape[1]);
  }

  bool alone(std::int64_t head, std::int64_t token) const {
    return *row_at(total.view(), head, token) == -HUGE_VALF;
  }

  /// out = sum over rounds of e^(round's log-sum-exp - total) * round's out.
  void merge(const LshArgs& args) const {
    for (std::int64_t head = 0; head < args.out.shape[0]; ++head) {
      for (std::int64_t place = 0; place < sorted.count; ++place) {
        const std::int64_t token = sorted.token(head, place);
        if (alone(head, token)) continue;
        float* part = row_at(out.view(), head, place);
        const float weight = std::exp(log_sum_exp.view().as<float>()[head * sorted.count + place] -
                                      *row_at(total.view(), head, token));
        for (std::int64_t c = 0; c < args.out.shape[2]; ++c) part[c] *= weight;
      }
    }
    scatter(sorted, out, args.out);
    for (std::int64_t head = 0; head < args.out.shape[0]; ++head) {
      for (std::int64_t token = 0; token < args.out.shape[1]; ++token) {
        if (!alone(head, token)) continue;
        std::copy_n(
            row_at(args.values, head, token), args.out.shape[2], row_at(args.out, head, token));
      }
    }
  }
};

}  // namespace

std::vector<std::int32_t> lsh_buckets(const LshSpec& spec,
                                      const TensorView& x,
                                      const TensorView& rotations) {
  const std::int64_t half = spec.buckets / 2;
  const std::int64_t dim = x.shape[2];
  if (spec.buckets < 2 || spec.buckets % 2 != 0 || rotations.rank != 4 ||
      rotations.shape[0] != x.shape[0] || rotations.shape[1] != spec.rounds ||
      rotations.shape[2] != dim || rotations.shape[3] != half || !rotations.contiguous()) {
    refuse("rotations are " + describe(rotations) + " for x " + describe(x) +
           "; expected (heads, rounds, dim, buckets / 2), buckets even");
  }
  std::vector<std::int32_t> buckets;
  std::vector<float> turned(static_cast<std::size_t>(half));
  for (std::int64_t i = 0; i < x.shape[0] * spec.rounds; ++i) {
    const float* rotation = rotations.as<float>() + i * dim * half;
    for (std::int64_t token = 0; token < x.shape[1]; ++token) {
      const float* from = row_at(x, i / spec.rounds, token);
      std::ranges::fill(turned, 0.0f);
      for (std::int64_t c = 0; c < dim; ++c) {
        for (std::int64_t b = 0; b < half; ++b) {
          turned[static_cast<std::size_t>(b)] += from[c] * rotation[c * half + b];
        }
      }
      const auto most = std::ranges::max_element(turned);
      const auto least = std::ranges::min_element(turned);
      const bool positive = *most >= -*least;
      const auto at = positive ? most - turned.begin() : half + (least - turned.begin());
      buckets.push_back(static_cast<std::int32_t>(at));
    }
  }
  return buckets;
}

void lsh_attention(const Backend& backend, const LshArgs& args) {
  Rounds(backend, args).merge(args);
}

void lsh_attention_gradient(const Backend& backend, const LshGradientArgs& args) {
  const LshArgs& forward = args.forward;
  check(forward);
  check_operand("out gradient", args.out_gradient, forward.out, true);
  check_operand("query gradient", args.query_gradient, forward.queries, true);
  check_operand("key gradient", args.key_gradient, forward.keys, true);
  check_operand("value gradient", args.value_gradient, forward.values, true);
  const Rounds rounds(backend, forward);
  rounds.merge(forward);
  // Every round's keys share one softmax, whose out and log_sum_exp are the merged ones.
  const Sorted& sorted = rounds.sorted;
  const Tensor out = gathered(sorted, forward.out);
  const Tensor out_gradient = gathered(sorted, args.out_gradient);
  const Tensor total = gathered(sorted, rounds.total.view());
  const auto like = [](const Tensor& of) {
    const TensorView& view = of.view();
    return Tensor(DType::kF32, {view.shape[0], view.shape[1], view.shape[2]});
  };
  const Tensor dq = like(rounds.queries);
  const Tensor dk = like(rounds.keys);
  const Tensor dv = like(rounds.values);
  const TensorView sets[] = {rounds.queries.view()};
  const KeySegment segments[] = {{rounds.keys.view(), rounds.values.view()}};
  const TensorView query_gradients[] = {dq.view()};
  const KeySegmentGradient segment_gradients[] = {{dk.view(), dv.view()}};
  backend.attention_gradient({.plan = &sorted.plan,
                              .queries = sets,
                              .segments = segments,
                              .scale = forward.scale,
                              .out = out.view(),
                              .log_sum_exp = total.view().at(2, 0),
                              .out_gradient = out_gradient.view(),
                              .query_gradients = query_gradients,
                              .segment_gradients = segment_gradients});
  scatter(sorted, dq, args.query_gradient);
  scatter(sorted, dk, args.key_gradient);
  scatter(sorted, dv, args.value_gradient);
  for (std::int64_t head = 0; head < forward.out.shape[0]; ++head) {
    for (std::int64_t token = 0; token < forward.out.shape[1]; ++token) {
      if (!rounds.alone(head, token)) continue;
      float* to = row_at(args.value_gradient, head, token);
      const float* from = row_at(args.out_gradient, head, token);
      for (std::int64_t c = 0; c < forward.out.shape[2]; ++c) to[c] += from[c];
    }
  }
}

}  // namespace heddle::attention
