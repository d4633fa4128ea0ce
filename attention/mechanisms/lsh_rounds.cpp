#include "attention/mechanisms/lsh_rounds.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/place_plan.h"
#include "attention/mechanisms/token_loop.h"

#include <algorithm>
#include <utility>

namespace heddle::attention {
namespace {

/// Tokens by bucket, then by number, round behind round.
Places sorted_rounds(const LshHeads& heads) {
  const std::int64_t tokens = heads.tokens();
  const std::int64_t rounds = heads.args.spec.rounds;
  const std::int32_t* buckets = heads.args.buckets->data() + heads.first * rounds * tokens;
  std::vector<std::int32_t> order(static_cast<std::size_t>(heads.count * rounds * tokens));
  for_each_task(heads.count * rounds, [&](std::int64_t round) {
    std::vector<std::pair<std::int32_t, std::int32_t>> keys(static_cast<std::size_t>(tokens));
    for (std::int64_t token = 0; token < tokens; ++token) {
      keys[static_cast<std::size_t>(token)] = {buckets[round * tokens + token],
                                               static_cast<std::int32_t>(token)};
    }
    std::ranges::sort(keys);
    std::ranges::transform(
        keys, order.begin() + round * tokens, &std::pair<std::int32_t, std::int32_t>::second);
  });
  return {heads.count, tokens, std::move(order)};
}

/// A place attends the places of its chunk and of the chunk before, around the corner for the
/// first, that hold other tokens (causal: earlier ones).
class ChunkRule final : public PlaceRule {
 public:
  ChunkRule(const LshSpec& spec, const Places& places)
      : chunk_(spec.chunk),
        places_(places),
        ascents_(static_cast<std::size_t>(spec.causal ? places.heads() : 0)) {
    for_each_task(std::ssize(ascents_), [&](std::int64_t head) {
      ascents_[static_cast<std::size_t>(head)] = ascents_of(places.of_head(head));
    });
  }

  void met(std::int64_t /*head*/,
           PositionRange queries,
           std::vector<PositionRange>& keys) const override {
    const std::int64_t first = queries.begin / chunk_;
    const std::int64_t last = (queries.end - 1) / chunk_;
    keys.push_back({std::max<std::int64_t>(first - 1, 0) * chunk_, (last + 1) * chunk_});
    if (first == 0) keys.push_back({places_.count() - chunk_, places_.count()});
  }

  void attend(std::int64_t head,
              std::int64_t q,
              PositionRange keys,
              TileMask& mask) const override {
    const std::int64_t own = q / chunk_ * chunk_;
    const std::int64_t before = own == 0 ? places_.count() - chunk_ : own - chunk_;
    attend_chunk(head, q, overlap(keys, {own, own + chunk_}), mask);
    if (before != own) attend_chunk(head, q, overlap(keys, {before, before + chunk_}), mask);
  }

 private:
  void attend_chunk(std::int64_t head, std::int64_t q, PositionRange keys, TileMask& mask) const {
    if (keys.empty()) return;
    const auto tokens = places_.of_head(head);
    const std::int32_t token = tokens[static_cast<std::size_t>(q)];
    if (!ascents_.empty()) {
      const auto& ends = ascents_[static_cast<std::size_t>(head)];
      return attend_below({.tokens = tokens, .ends = ends}, q, keys, token, mask);
    }
    std::int64_t same = q;  // a chunk lies in one round, which holds the token once
    if (q / places_.tokens() != keys.begin / places_.tokens()) {
      same =
          std::find(tokens.begin() + keys.begin, tokens.begin() + keys.end, token) - tokens.begin();
    }
    mask.add_keys(q, {keys.begin, std::min(same, keys.end)});
    mask.add_keys(q, {std::max(same + 1, keys.begin), keys.end});
  }

  std::int64_t chunk_;
  const Places& places_;
  std::vector<std::vector<std::int32_t>> ascents_;  // by head; none: not causal
};

/// The heads' rows of an operand, each head's together: copied where there is room for that.
TensorView together(const LshHeads& heads, const TensorView& view, const Tensor& room) {
  const TensorView from = heads.of(view);
  if (room.empty()) return from;
  TensorView made = room.view().slice(0, 0, heads.count);
  for_token_stretches(
      heads.count, heads.tokens(), [&](std::int64_t head, std::int64_t first, std::int64_t end) {
        for (std::int64_t token = first; token < end; ++token) {
          std::copy_n(row_at(from, head, token), from.shape[2], row_at(made, head, token));
        }
      });
  return made;
}

}  // namespace

LshRows::LshRows(const LshHeads& heads)
    : out(heads.by_place(heads.args.values)),
      log_sum_exp(DType::kF32, {heads.count, heads.places()}) {
  const auto room = [&](const TensorView& view, Tensor& to) {
    if (view.stride[1] == view.shape[2]) return;
    to = Tensor(DType::kF32, {heads.count, heads.tokens(), view.shape[2]});
  };
  room(heads.args.queries, queries);
  room(heads.args.keys, keys);
  room(heads.args.values, values);
}

LshRounds::LshRounds(const Backend& backend, const LshHeads& heads, const LshRows& rows)
    : heads_(heads),
      queries_(together(heads, heads.args.queries, rows.queries)),
      keys_(together(heads, heads.args.keys, rows.keys)),
      values_(together(heads, heads.args.values, rows.values)),
      places_(sorted_rounds(heads)),
      plan_(
          plan_places(ChunkRule(heads.args.spec, places_),
                      {.heads = heads.count, .queries = places_.count(), .keys = places_.count()})),
      total_(DType::kF32, {heads.count, heads.tokens()}) {
  OrderedArgs done = call();
  done.out = rows.out.view().slice(0, 0, heads.count);
  done.log_sum_exp = rows.log_sum_exp.view().slice(0, 0, heads.count);
  ordered_attention(backend, done);
  const TensorView out = heads.of(heads.args.out);
  for_token_stretches(
      heads.count, heads.tokens(), [&](std::int64_t head, std::int64_t first, std::int64_t end) {
        for (std::int64_t token = first; token < end; ++token) merge(done, head, token, out);
      });
}

OrderedArgs LshRounds::call() const {
  return {.plan = &plan_,
          .query_order = places_.order(),
          .key_order = places_.order(),
          .queries = queries_,
          .keys = keys_,
          .values = values_,
          .scale = heads_.args.scale,
          .out = {},
          .log_sum_exp = {}};
}

/// out = sum over rounds of e^(round's log-sum-exp - total) * round's out; the value itself where a
/// token is alone.
void LshRounds::merge(const OrderedArgs& done,
                      std::int64_t head,
                      std::int64_t token,
                      const TensorView& out) const {
  const float* sums = done.log_sum_exp.as<float>() + head * places_.count();
  const std::span places = places_.of_token(head, token);
  double max = -HUGE_VAL;
  for (const std::int32_t place : places) max = std::max(max, double{sums[place]});
  float& total = total_.view().as<float>()[head * heads_.tokens() + token];
  float* to = row_at(out, head, token);
  const std::int64_t dim = done.out.shape[2];
  if (max == -HUGE_VAL) {
    total = -HUGE_VALF;
    std::copy_n(row_at(done.values, head, token), dim, to);
    return;
  }
  double sum = 0;
  for (const std::int32_t place : places) sum += std::exp(sums[place] - max);
  total = static_cast<float>(max + std::log(sum));
  std::fill_n(to, dim, 0.0f);
  for (const std::int32_t place : places) {
    const float weight = std::exp(sums[place] - total);
    add_scaled(to, weight, row_at(done.out, head, place), dim);
  }
}

}  // namespace heddle::attention
