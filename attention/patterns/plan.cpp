#include "attention/patterns/plan_rows.h"
#include "attention/patterns/strand_plan.h"

namespace heddle::attention {
namespace {

// Beyond it a strand of any sequence that fits a machine is shorter than a few blocks.
constexpr std::int64_t kMostStrands = 4096;

}  // namespace

BlockPlan plan_in_order(const Pattern& pattern, const PlanShape& shape) {
  require_shape(shape);
  return plan_rows(shape,
                   {.per_head = pattern.per_head(), .alike = pattern.node().shifts().alike},
                   [&](int head, const Region& region, std::vector<Piece>& pieces) {
                     pattern.node().describe(head, region, pieces);
                   });
}

BlockPlan plan(const Pattern& pattern, const PlanShape& shape) {
  // The pattern alone decides, never the shape: a query's bits must not depend on its chunk.
  const Shifts shifts = pattern.node().shifts();
  if (!shifts.alike || shifts.stride < 2 || shifts.stride > kMostStrands) {
    return plan_in_order(pattern, shape);
  }
  require_shape(shape);
  BlockPlan result =
      plan_rows(shape,
                {.per_head = pattern.per_head(), .alike = true},
                [&](int head, const Region& region, std::vector<Piece>& pieces) {
                  pattern.node().describe(head, region, pieces);
                  std::erase_if(pieces, [](const Piece& piece) { return piece.step > 1; });
                });
  result.strands = plan_strands(pattern, shape, shifts.stride);
  return result;
}

}  // namespace heddle::attention
