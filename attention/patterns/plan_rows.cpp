#include "attention/patterns/plan_rows.h"

#include "attention/patterns/row_sweep.h"
#include "attention/patterns/run_writer.h"

#include <limits>

namespace heddle::attention {
namespace {

constexpr int kMaxBlock = 4096;

}  // namespace

void require_shape(const PlanShape& shape) {
  require_range("plan: heads", shape.heads, 1, std::numeric_limits<int>::max());
  require_range("plan: query_block", shape.query_block, 1, kMaxBlock);
  require_range("plan: key_block", shape.key_block, 1, kMaxBlock);
  require_range("plan: first_query", shape.first_query, 0, kMaxPosition);
  require_range("plan: queries", shape.queries, 0, kMaxPosition - shape.first_query);
  require_range("plan: first_key", shape.first_key, 0, kMaxPosition);
  require_range("plan: keys", shape.keys, 0, kMaxPosition - shape.first_key);
}

BlockPlan plan_rows(const PlanShape& shape, bool per_head, const DescribeRow& describe) {
  BlockPlan result{.query_block = shape.query_block,
                   .key_block = shape.key_block,
                   .heads = per_head ? shape.heads : 1,
                   .first_query = shape.first_query,
                   .queries = shape.queries};
  const PositionRange keys{shape.first_key, shape.first_key + shape.keys};
  RowSweep sweep(shape.query_block, shape.key_block);
  RunWriter writer(result);
  const std::int64_t rows = result.heads * result.query_blocks();
  for (std::int64_t row = 0; row < rows; ++row) {
    writer.start_row();
    const Region region{writer.row_queries(), keys};
    sweep.pieces().clear();
    describe(static_cast<int>(row / result.query_blocks()), region, sweep.pieces());
    sweep.start(region);
    for (RowSweep::Stretch stretch; sweep.next(stretch);) {
      const PositionRange met{sweep.keys_of(stretch.first_tile).begin,
                              sweep.keys_of(stretch.first_tile + stretch.count - 1).end};
      writer.add({0, met.begin - shape.first_key, met}, stretch.shape, sweep.mask().bits());
    }
  }
  writer.finish();
  return result;
}

}  // namespace heddle::attention
