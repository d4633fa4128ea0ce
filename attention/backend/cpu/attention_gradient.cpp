#include "attention/backend/cpu/attention_gradient.h"

#include "attention/backend/cpu/attention_operands.h"
#include "attention/backend/cpu/gradient_row.h"
#include "attention/backend/cpu/rows_ahead.h"
#include "attention/backend/cpu/strand_gradient.h"
#include "attention/patterns/transposed_plan.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <vector>

namespace heddle::attention::cpu {
namespace {

constexpr auto kFloat = static_cast<std::int64_t>(sizeof(float));

struct Wanted {
  bool queries = false;
  bool keys = false;

  explicit Wanted(const AttentionGradientArgs& args) {
    for (const TensorView& view : args.query_gradients) queries = queries || !view.empty();
    for (const KeySegmentGradient& segment : args.segment_gradients) {
      keys = keys || !segment.keys.empty() || !segment.values.empty();
    }
  }
};

/// dK and dV of consecutive slots while they are summed: keys' rows, then values' rows.
struct SlotSums {
  float* keys = nullptr;
  float* values = nullptr;

  SlotSums(const GradientCall& call, float* memory, std::int64_t slots)
      : keys(memory), values(memory + slots * call.key_stride) {
    std::fill_n(memory, slots * (call.key_stride + call.value_stride), 0.0f);
  }
};

/// Slots [first, first + count) of a segment.
struct SlotRange {
  std::size_t segment = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

void write_slots(const GradientCall& call,
                 std::int64_t kv_head,
                 const SlotRange& slots,
                 const SlotSums& sums) {
  const KeySegmentGradient& to = call.args.segment_gradients[slots.segment];
  if (!to.keys.empty()) {
    store_rows({sums.keys, call.key_stride}, slots.first, slots.count, head_of(to.keys, kv_head));
  }
  if (!to.values.empty()) {
    store_rows(
        {sums.values, call.value_stride}, slots.first, slots.count, head_of(to.values, kv_head));
  }
}

/// body(piece, a piece that comes next) for every piece of the row's keys, in ascending position.
template <class Body>
void for_each_piece(const GradientCall& call,
                    std::int64_t row,
                    std::vector<Piece>& scratch,
                    const Body& body) {
  TileWalk walk(call.forward, {.row = row, .first = 0, .count = kMaxPosition}, scratch);
  KeyTile tile;
  while (walk.next(tile)) {
    for (std::size_t i = 0; i < tile.pieces.size(); ++i) {
      body(tile.pieces[i], i + 1 < tile.pieces.size() ? tile.pieces[i + 1] : walk.ahead());
    }
  }
}

/// A piece's keys and values, and what they add to.
Ahead ahead_of(const GradientRow& row, const Piece& piece, const PieceSums& sums) {
  Ahead ahead = {rows_ahead(row, piece, &KeySegment::keys),
                 rows_ahead(row, piece, &KeySegment::values)};
  if (sums.keys) {
    ahead[2] = bytes_ahead(sums.keys, piece.keys * row.call.key_stride * kFloat);
    ahead[3] = bytes_ahead(sums.values, piece.keys * row.call.value_stride * kFloat);
  }
  return ahead;
}

// By head: one thread does all of a key head, each tile once.

void do_head(const GradientCall& call, std::int64_t kv_head, const Wanted& wanted) {
  Workspace& scratch = workspace();
  const std::int64_t floats_a_slot = call.key_stride + call.value_stride;
  thread_local std::vector<SlotSums> sums;  // nothing waits in here, so no other call meets them
  sums.clear();
  std::int64_t slots = 0;
  for (const KeySegment& segment : call.args.segments) slots += segment.keys.shape[1];
  float* memory = scratch.part.at_least(wanted.keys ? slots * floats_a_slot : 0);
  for (const KeySegment& segment : call.args.segments) {
    const std::int64_t count = wanted.keys ? segment.keys.shape[1] : 0;
    sums.emplace_back(call, memory, count);
    memory += count * floats_a_slot;
  }
  float* packed = scratch.queries.at_least(call.packed_floats());
  float* query_sums = scratch.state.at_least(call.sum_floats());
  for (std::int64_t head = kv_head * call.group(); head < (kv_head + 1) * call.group(); ++head) {
    for (std::int64_t block = 0; block < call.args.plan->query_blocks(); ++block) {
      const GradientRow row(call, head, call.plan_row(head, block), packed);
      row.pack(scratch);
      std::fill_n(query_sums, call.sum_floats(), 0.0f);
      const auto sums_of = [&](const Piece& piece) -> PieceSums {
        const SlotSums& to = sums[static_cast<std::size_t>(piece.run->segment)];
        const std::int64_t slot = piece.run->first_slot + piece.offset;
        return {.queries = wanted.queries ? query_sums : nullptr,
                .keys = wanted.keys ? to.keys + slot * call.key_stride : nullptr,
                .values = wanted.keys ? to.values + slot * call.value_stride : nullptr};
      };
      for_each_piece(call, row.row, scratch.pieces, [&](const Piece& piece, const auto& next) {
        const Ahead ahead = next ? ahead_of(row, *next, sums_of(*next)) : Ahead();
        add_piece(row, {piece, 0, piece.keys}, sums_of(piece), ahead, scratch);
      });
      write_query_gradients(row, query_sums, scratch);
    }
  }
  for (std::size_t i = 0; wanted.keys && i < sums.size(); ++i) {
    const SlotRange all = {.segment = i, .count = call.args.segments[i].keys.shape[1]};
    write_slots(call, kv_head, all, sums[i]);
  }
}

// By block: every output has its own task. One key head at a time bounds the packed rows.

/// The packed rows of a key head's queries: (group, query blocks).
struct PackedHead {
  const GradientCall& call;
  std::int64_t kv_head = 0;
  float* memory = nullptr;

  std::int64_t rows() const { return call.group() * call.args.plan->query_blocks(); }
  GradientRow row(std::int64_t i) const {
    const std::int64_t blocks = call.args.plan->query_blocks();
    const std::int64_t head = kv_head * call.group() + i / blocks;
    return {call, head, call.plan_row(head, i % blocks), memory + i * call.packed_floats()};
  }
};

void do_row(const PackedHead& packed, std::int64_t i) {
  Workspace& scratch = workspace();
  const GradientRow row = packed.row(i);
  float* sums = scratch.state.at_least(packed.call.sum_floats());
  std::fill_n(sums, packed.call.sum_floats(), 0.0f);
  for_each_piece(packed.call, row.row, scratch.pieces, [&](const Piece& piece, const auto& next) {
    const Ahead ahead = next ? ahead_of(row, *next, {}) : Ahead();
    add_piece(row, {piece, 0, piece.keys}, {.queries = sums}, ahead, scratch);
  });
  write_query_gradients(row, sums, scratch);
}

/// The tile's keys that lie in the slots.
GradientPiece share_of(const BlockPlan& plan, const TransposedTile& at, const SlotRange& slots) {
  const TileRun& run = plan.runs[static_cast<std::size_t>(at.run)];
  const Piece piece = piece_of(plan, run, at.tile);
  const std::int64_t slot = run.first_slot + piece.offset;
  return {.piece = piece,
          .first = static_cast<int>(std::max<std::int64_t>(slots.first - slot, 0)),
          .end = static_cast<int>(
              std::clamp<std::int64_t>(slots.first + slots.count - slot, 0, piece.keys))};
}

void do_block(const PackedHead& packed,
              const TransposedPlan& transposed,
              std::int64_t block,
              const SlotRange& slots) {
  const GradientCall& call = packed.call;
  const BlockPlan& plan = *call.args.plan;
  Workspace& scratch = workspace();
  float* memory = scratch.part.at_least(slots.count * (call.key_stride + call.value_stride));
  const SlotSums sums(call, memory, slots.count);
  const std::int64_t rows_a_head = plan.query_blocks();
  for (std::int64_t i = 0; i < call.group(); ++i) {
    const std::int64_t plan_head = plan.heads == 1 ? 0 : packed.kv_head * call.group() + i;
    const auto tiles = transposed.of(plan_head, block);
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      const TransposedTile& at = tiles[t];
      Ahead ahead;
      if (t + 1 < tiles.size()) {
        const GradientRow next = packed.row(i * rows_a_head + tiles[t + 1].row % rows_a_head);
        ahead[0] = bytes_ahead(next.packed, call.packed_floats() * kFloat);
      }
      const GradientPiece share = share_of(plan, at, slots);
      if (share.first >= share.end) continue;
      // Where the piece's first key would lie: before the sums, when it straddles into the block.
      const std::int64_t first = share.piece.run->first_slot + share.piece.offset - slots.first;
      add_piece(packed.row(i * rows_a_head + at.row % rows_a_head),
                share,
                {.keys = sums.keys + first * call.key_stride,
                 .values = sums.values + first * call.value_stride},
                ahead,
                scratch);
    }
  }
  write_slots(call, packed.kv_head, slots, sums);
}

void do_blocks(const PackedHead& packed, const TransposedPlan& transposed) {
  const std::int64_t size = packed.call.args.plan->key_block;
  const std::vector<std::int64_t>& begins = transposed.segment_begin;
  tbb::parallel_for(std::int64_t{0}, transposed.blocks(), [&](std::int64_t block) {
    const auto after = std::upper_bound(begins.begin(), begins.end(), block);
    const auto segment = static_cast<std::size_t>(after - begins.begin() - 1);
    const std::int64_t first = (block - begins[segment]) * size;
    const std::int64_t held = packed.call.args.segments[segment].keys.shape[1];
    do_block(packed,
             transposed,
             block,
             {.segment = segment, .first = first, .count = std::min(size, held - first)});
  });
}

/// What one call by blocks needs, kept for the thread's next one. The call is isolated: while its
/// thread waits it runs none that would want the same.
struct BlockScratch {
  std::vector<std::int64_t> slots;
  TransposedPlan transposed;
  Scratch<float> packed;
};

void by_block(const GradientCall& call, const Wanted& wanted) {
  thread_local BlockScratch of_thread;
  BlockScratch& scratch = of_thread;
  scratch.slots.clear();
  for (const KeySegment& segment : call.args.segments) {
    scratch.slots.push_back(segment.keys.shape[1]);
  }
  if (wanted.keys) transpose(*call.args.plan, scratch.slots, scratch.transposed);
  PackedHead packed = {.call = call};
  packed.memory = scratch.packed.at_least(packed.rows() * call.packed_floats());
  for (packed.kv_head = 0; packed.kv_head < call.shape.kv_heads; ++packed.kv_head) {
    tbb::parallel_for(
        std::int64_t{0}, packed.rows(), [&](std::int64_t i) { packed.row(i).pack(workspace()); });
    if (wanted.queries) {
      tbb::parallel_for(std::int64_t{0}, packed.rows(), [&](std::int64_t i) { do_row(packed, i); });
    }
    if (wanted.keys) do_blocks(packed, scratch.transposed);
  }
}

/// A key head a thread computes 5 products a tile instead of 7, where heads keep all threads busy.
bool heads_suffice(const GradientCall& call, const Wanted& wanted) {
  if (!wanted.queries || !wanted.keys) return false;
  const std::int64_t threads = tbb::this_task_arena::max_concurrency();
  const std::int64_t rounds = (call.shape.kv_heads + threads - 1) / threads;
  return rounds * threads * 5 <= call.shape.kv_heads * 7;
}

void differentiate(const GradientCall& call, GradientSchedule schedule) {
  const Wanted wanted(call.args);
  if (schedule == GradientSchedule::kByShape) {
    schedule = heads_suffice(call, wanted) ? GradientSchedule::kByHead : GradientSchedule::kByBlock;
  }
  // Isolated: while this thread waits it runs only this call's tasks, so its scratch is its own.
  tbb::this_task_arena::isolate([&] {
    if (schedule == GradientSchedule::kByBlock) {
      by_block(call, wanted);
    } else {
      tbb::parallel_for(std::int64_t{0}, call.shape.kv_heads, [&](std::int64_t kv_head) {
        do_head(call, kv_head, wanted);
      });
    }
  });
}

void differentiate_rows(const AttentionGradientArgs& args,
                        const AttentionShape& shape,
                        GradientSchedule schedule) {
  differentiate(GradientCall(args, shape), schedule);
}

}  // namespace

void attention_gradient(const AttentionGradientArgs& args, const RowOrders& orders) {
  differentiate(GradientCall(args, check(args), orders), GradientSchedule::kByShape);
}

void attention_gradient(const AttentionGradientArgs& args, GradientSchedule schedule) {
  const AttentionShape shape = check(args);
  if (args.plan->strands.stride == 0) return differentiate_rows(args, shape, schedule);
  differentiate_strands(args, shape, schedule, differentiate_rows);
}

void attention_gradient(const AttentionGradientArgs& args) {
  attention_gradient(args, GradientSchedule::kByShape);
}

}  // namespace heddle::attention::cpu
