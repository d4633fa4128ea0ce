#include "attention/backend/reference/attended_keys.h"

#include "attention/backend/element.h"

namespace heddle::attention::reference {
namespace {

bool attends(const BlockPlan& plan, const TileRun& run, std::int64_t query, std::int64_t key) {
  const std::int64_t distance = run.first_key + key - query;
  switch (run.kind) {
    case TileKind::kFull:
      return true;
    case TileKind::kBand:
      return run.lo <= distance && distance <= run.hi;
    case TileKind::kPrefix:
      return key < run.argument;
    case TileKind::kBits: {
      const std::int64_t tile = key / plan.key_block;
      const std::int64_t column = key % plan.key_block;
      const std::int64_t row = tile * plan.query_block + query % plan.query_block;
      const std::int64_t word = run.argument + row * ((plan.key_block + 63) / 64) + column / 64;
      return plan.bits[static_cast<std::size_t>(word)] >> (column % 64) & 1;
    }
  }
  return false;
}

}  // namespace

double dot(const TensorView& a, const TensorView& b) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.shape[0]; ++i) {
    sum += static_cast<double>(load_element(a.dtype, a.data, i)) * load_element(b.dtype, b.data, i);
  }
  return sum;
}

std::vector<AttendedKey> attended_keys(const AttentionArgs& args,
                                       const AttentionShape& shape,
                                       std::int64_t head,
                                       std::int64_t query) {
  const BlockPlan& plan = *args.plan;
  const std::int64_t position = plan.first_query + query;
  const std::int64_t block = position / plan.query_block - plan.first_query / plan.query_block;
  const std::int64_t plan_head = plan.heads == 1 ? 0 : head;
  const auto row = static_cast<std::size_t>(plan_head * plan.query_blocks() + block);
  const std::int64_t kv_head = kv_head_of(shape, head);
  std::vector<AttendedKey> found;
  for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
    const TileRun& run = plan.runs[static_cast<std::size_t>(i)];
    const auto at = static_cast<std::size_t>(run.segment);
    const KeySegment& segment = args.segments[at];
    const TensorView& queries = args.queries[static_cast<std::size_t>(segment.query_set)];
    const TensorView q = queries.at(0, head).at(0, query);
    for (std::int64_t key = 0; key < run.keys; ++key) {
      if (!attends(plan, run, position, key)) continue;
      const std::int64_t slot = run.first_slot + key;
      const double product = dot(q, segment.keys.at(0, kv_head).at(0, slot));
      found.push_back({at, slot, run.first_key + key, args.scale * product});
    }
  }
  return found;
}

}  // namespace heddle::attention::reference
