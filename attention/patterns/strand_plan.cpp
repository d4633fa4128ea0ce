#include "attention/patterns/strand_plan.h"

#include "attention/patterns/plan_rows.h"

#include <map>
#include <tuple>

namespace heddle::attention {
namespace {

std::int64_t floor_of(std::int64_t x, std::int64_t by) {
  return x >= 0 ? x / by : -((-x + by - 1) / by);
}

/// The band of a piece among the numbers of one strand; an open side stays open.
Piece in_numbers(const Piece& piece, const Region& numbers, std::int64_t stride) {
  return {.queries = numbers.queries,
          .keys = numbers.keys,
          .lo = piece.lo <= -kOpenBand ? -kOpenBand : -floor_of(-piece.lo, stride),
          .hi = piece.hi >= kOpenBand ? kOpenBand : floor_of(piece.hi, stride),
          .step = piece.step > 1 ? piece.step / stride : 1};
}

/// Takes the band of `hole` out of pieces [from, ...): what lies below it and above it stays.
void take_out(const Piece& hole, std::size_t from, std::vector<Piece>& pieces) {
  const std::size_t end = pieces.size();
  for (std::size_t i = from; i < end; ++i) {
    Piece above = pieces[i];
    above.lo = std::max(above.lo, hole.hi + 1);
    if (above.lo <= above.hi) pieces.push_back(above);
    pieces[i].hi = std::min(pieces[i].hi, hole.lo - 1);
  }
  std::erase_if(pieces, [](const Piece& piece) { return piece.lo > piece.hi; });
}

/// Describes rows in numbers: the pieces with a step, less those without.
class StrandRow {
 public:
  StrandRow(const Pattern& pattern, const PositionRange& keys, std::int64_t stride)
      : pattern_(pattern), keys_(keys), stride_(stride) {}

  void describe(int head,
                const Region& numbers,
                std::int64_t strand,
                std::vector<Piece>& pieces) const {
    const PositionRange queries{numbers.queries.begin * stride_ + strand,
                                (numbers.queries.end - 1) * stride_ + strand + 1};
    std::vector<Piece> all;
    pattern_.node().describe(head, {queries, keys_}, all);
    for (const Piece& piece : all) {
      if (piece.step > 1) pieces.push_back(in_numbers(piece, numbers, stride_));
    }
    for (const Piece& piece : all) {
      if (piece.step == 1) take_out(in_numbers(piece, numbers, stride_), 0, pieces);
    }
  }

 private:
  const Pattern& pattern_;
  PositionRange keys_;
  std::int64_t stride_;
};

/// Queries and keys of one strand, as a shape in its numbers.
PlanShape shape_of(const PlanShape& shape, std::int64_t stride, std::int64_t strand) {
  const StrandRows queries = strand_rows(stride, strand, shape.first_query, shape.queries);
  const StrandRows keys = strand_rows(stride, strand, shape.first_key, shape.keys);
  PlanShape made = shape;
  made.first_query = queries.count == 0 ? 0 : (shape.first_query + queries.first) / stride;
  made.queries = queries.count;
  made.first_key = keys.count == 0 ? 0 : (shape.first_key + keys.first) / stride;
  made.keys = keys.count;
  return made;
}

}  // namespace

Strands plan_strands(const Pattern& pattern, const PlanShape& shape, std::int64_t stride) {
  Strands made{.stride = stride, .first_key = shape.first_key};
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>, std::int32_t> known;
  const StrandRow row(pattern, {shape.first_key, shape.first_key + shape.keys}, stride);
  bool any = false;
  for (std::int64_t strand = 0; strand < stride; ++strand) {
    const PlanShape numbers = shape_of(shape, stride, strand);
    const auto next = static_cast<std::int32_t>(made.plans.size());
    const auto [found, fresh] = known.try_emplace(
        {numbers.first_query, numbers.queries, numbers.first_key, numbers.keys}, next);
    made.plan_of.push_back(found->second);
    if (!fresh) continue;
    made.plans.push_back(plan_rows(numbers,
                                   {.per_head = pattern.per_head(), .alike = true},
                                   [&](int head, const Region& region, std::vector<Piece>& pieces) {
                                     row.describe(head, region, strand, pieces);
                                   }));
    any = any || !made.plans.back().runs.empty();
  }
  return any ? std::move(made) : Strands{};
}

}  // namespace heddle::attention
