#include "attention/patterns/plan_rows.h"

#include "attention/patterns/row_sweep.h"
#include "attention/patterns/run_writer.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <limits>
#include <span>

namespace heddle::attention {
namespace {

constexpr int kMaxBlock = 4096;
constexpr std::int64_t kPartRows = 256;  // of one task

class Planner {
 public:
  Planner(const DescribeRow& describe, bool alike, PositionRange keys, BlockPlan& plan)
      : describe_(describe),
        alike_(alike && plan.query_block % plan.key_block == 0),
        keys_(keys),
        plan_(plan),
        rows_(plan.heads * plan.query_blocks()) {}

  void run() const {
    if (rows_ <= kPartRows || alike_) {
      plan_.row_begin.reserve(static_cast<std::size_t>(rows_) + 1);
      RunWriter writer(plan_);
      write({0, rows_}, writer);
      return writer.finish();
    }
    std::vector<BlockPlan> parts(static_cast<std::size_t>((rows_ - 1) / kPartRows + 1), plan_);
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(std::size_t{0}, parts.size(), [&](std::size_t i) {
        const std::int64_t first = static_cast<std::int64_t>(i) * kPartRows;
        RunWriter writer(parts[i], first);
        write({first, std::min(rows_, first + kPartRows)}, writer);
      });
    });
    join(parts);
  }

 private:
  void write(PositionRange rows, RunWriter& writer) const {
    RowSweep sweep(plan_.query_block, plan_.key_block);
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      writer.start_row();
      const Region region{writer.row_queries(), keys_};
      sweep.pieces().clear();
      describe_(static_cast<int>(row / plan_.query_blocks()), region, sweep.pieces());
      const std::int64_t like = rows_like(row, region, sweep.pieces());
      sweep.start(region);
      for (RowSweep::Stretch stretch; sweep.next(stretch);) {
        const PositionRange met{sweep.keys_of(stretch.first_tile).begin,
                                sweep.keys_of(stretch.first_tile + stretch.count - 1).end};
        writer.add({0, met.begin - keys_.begin, met}, stretch.shape, sweep.mask().bits());
      }
      if (like == 0 || writer.row_has_bits()) continue;
      writer.repeat_row(like);
      row += like;
    }
  }

  /// How many rows behind `row`, of its head, are it moved: whole blocks of queries like its own,
  /// whose pieces meet whole key blocks alone.
  std::int64_t rows_like(std::int64_t row,
                         const Region& region,
                         const std::vector<Piece>& pieces) const {
    if (!alike_ || pieces.empty() || region.queries.size() != plan_.query_block) return 0;
    std::int64_t lo = 0;
    std::int64_t hi = 0;
    for (const Piece& piece : pieces) {
      lo = std::min(lo, piece.lo);
      hi = std::max(hi, piece.hi);
    }
    if (lo <= -kMaxPosition || hi >= kMaxPosition) return 0;
    const std::int64_t block = plan_.key_block;
    const PositionRange inside{(keys_.begin + block - 1) / block * block,
                               keys_.end / block * block};
    const std::int64_t room = inside.end - hi - region.queries.end;
    if (region.queries.begin + lo < inside.begin || room < 0) return 0;
    const std::int64_t whole = (plan_.first_query + plan_.queries) / plan_.query_block -
                               plan_.first_query / plan_.query_block;
    return std::max<std::int64_t>(
        0, std::min(room / plan_.query_block, whole - row % plan_.query_blocks() - 1));
  }

  void join(std::span<const BlockPlan> parts) const {
    std::size_t runs = 0;
    std::size_t words = 0;
    for (const BlockPlan& part : parts) {
      runs += part.runs.size();
      words += part.bits.size();
    }
    plan_.row_begin.reserve(static_cast<std::size_t>(rows_) + 1);
    plan_.runs.reserve(runs);
    plan_.bits.reserve(words);
    for (const BlockPlan& part : parts) append_rows(part, plan_);
    plan_.row_begin.push_back(static_cast<std::int64_t>(plan_.runs.size()));
    build_work_list(plan_);
  }

  const DescribeRow& describe_;
  bool alike_;
  PositionRange keys_;
  BlockPlan& plan_;
  std::int64_t rows_;
};

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

BlockPlan plan_rows(const PlanShape& shape, const RowKinds& kinds, const DescribeRow& describe) {
  BlockPlan result{.query_block = shape.query_block,
                   .key_block = shape.key_block,
                   .heads = kinds.per_head ? shape.heads : 1,
                   .first_query = shape.first_query,
                   .queries = shape.queries};
  Planner(describe, kinds.alike, {shape.first_key, shape.first_key + shape.keys}, result).run();
  return result;
}

}  // namespace heddle::attention
