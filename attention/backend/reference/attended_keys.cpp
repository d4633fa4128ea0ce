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

/// Slot `slot` of a plan's rows is slot first + slot * stride of the segment, its position
/// likewise.
struct Numbering {
  std::int64_t first_slot = 0;
  std::int64_t first_position = 0;
  std::int64_t stride = 1;
};

/// One query of a call: `position` in the plan's own numbers.
struct Asked {
  std::int64_t head = 0;
  std::int64_t query = 0;
  std::int64_t position = 0;
};

void append_row(const AttentionArgs& args,
                const AttentionShape& shape,
                const BlockPlan& plan,
                const Numbering& numbering,
                const Asked& asked,
                std::vector<AttendedKey>& found) {
  const std::int64_t block =
      asked.position / plan.query_block - plan.first_query / plan.query_block;
  const std::int64_t plan_head = plan.heads == 1 ? 0 : asked.head;
  const auto row = static_cast<std::size_t>(plan_head * plan.query_blocks() + block);
  const std::int64_t kv_head = kv_head_of(shape, asked.head);
  for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
    const TileRun& run = plan.runs[static_cast<std::size_t>(i)];
    const auto at = static_cast<std::size_t>(run.segment);
    const KeySegment& segment = args.segments[at];
    const TensorView& queries = args.queries[static_cast<std::size_t>(segment.query_set)];
    const TensorView q = queries.at(0, asked.head).at(0, asked.query);
    for (std::int64_t key = 0; key < run.keys; ++key) {
      if (!attends(plan, run, asked.position, key)) continue;
      const std::int64_t slot = numbering.first_slot + (run.first_slot + key) * numbering.stride;
      const double product = dot(q, segment.keys.at(0, kv_head).at(0, slot));
      const std::int64_t position =
          numbering.first_position + (run.first_key + key) * numbering.stride;
      found.push_back({at, slot, position, args.scale * product});
    }
  }
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
  std::vector<AttendedKey> found;
  append_row(args, shape, plan, {}, {head, query, position}, found);
  const Strands& strands = plan.strands;
  if (strands.stride == 0) return found;
  const std::int64_t strand = position % strands.stride;
  const StrandRows keys =
      strand_rows(strands.stride, strand, strands.first_key, args.segments[0].keys.shape[1]);
  const auto index = strands.plan_of[static_cast<std::size_t>(strand)];
  append_row(args,
             shape,
             strands.plans[static_cast<std::size_t>(index)],
             {.first_slot = keys.first, .first_position = strand, .stride = strands.stride},
             {head, query, position / strands.stride},
             found);
  return found;
}

}  // namespace heddle::attention::reference
