#include "attention/backend/cpu/read_out.h"

#include "attention/backend/attention_checks.h"
#include "attention/backend/cpu/attention_workspace.h"
#include "attention/backend/cpu/read_out_panel.h"
#include "attention/backend/cpu/read_out_top.h"
#include "attention/backend/element.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kTileQueries = 128;  // what one task does: shares each tile of keys
constexpr std::int64_t kTileKeys = 64;
constexpr float kNone = -std::numeric_limits<float>::infinity();

struct ReadOutScratch {
  Workspace work;
  Scratch<std::uint8_t> sides;
  std::vector<TopCandidates> top;  // a panel
};

/// One task: queries [first, first + count).
class ReadOutTask {
 public:
  ReadOutTask(const ReadOutArgs& args, const ReadOutShape& shape, std::int64_t first)
      : args_(args),
        shape_(shape),
        first_(first),
        count_(static_cast<int>(std::min(kTileQueries, shape.queries - first))),
        lanes_(panel_lanes()),
        panels_((count_ + lanes_ - 1) / lanes_),
        selects_(args.top > 0 && args.top < shape.keys) {}

  void run(ReadOutScratch& scratch) {
    pack_queries(scratch.work);
    start(scratch);
    std::int64_t key = 0;
    for (const KeySegment& segment : args_.segments) {
      for (std::int64_t slot = 0; slot < segment.keys.shape[1]; slot += kTileKeys) {
        const std::int64_t keys = std::min(kTileKeys, segment.keys.shape[1] - slot);
        read_tile(tile_of(segment, slot, keys, scratch), key, scratch);
        key += keys;
      }
    }
    for (int query = 0; query < count_; ++query) write(query, scratch);
  }

 private:
  std::int64_t panel_floats() const { return (shape_.value_dim + 4) * lanes_; }

  ReadOutState state_of(int panel) const {
    float* base = state_ + panel * panel_floats();
    return {.softmax = {.max = base, .sum = base + lanes_, .out = base + 4 * lanes_},
            .inside = base + 2 * lanes_,
            .outside = base + 3 * lanes_};
  }

  void pack_queries(Workspace& work) {
    const std::int64_t panel = shape_.key_dim * lanes_;
    queries_ = work.queries.at_least(panels_ * panel);
    std::fill_n(queries_, panels_ * panel, 0.0f);
    const float* from = args_.queries.as<float>() + first_ * args_.queries.stride[0];
    for (int i = 0; i < count_; ++i, from += args_.queries.stride[0]) {
      float* lane = queries_ + i / lanes_ * panel + i % lanes_;
      for (std::int64_t c = 0; c < shape_.key_dim; ++c) lane[c * lanes_] = from[c];
    }
  }

  void start(ReadOutScratch& scratch) {
    state_ = scratch.work.state.at_least(panels_ * panel_floats());
    std::fill_n(state_, panels_ * panel_floats(), 0.0f);
    scratch.top.resize(static_cast<std::size_t>(kTileQueries));
    for (int panel = 0; panel < panels_; ++panel) {
      const ReadOutState state = state_of(panel);
      for (float* best : {state.softmax.max, state.inside, state.outside}) {
        std::fill_n(best, lanes_, kNone);
      }
      if (selects_) scratch.top[static_cast<std::size_t>(panel)].start(lanes_, args_.top);
    }
  }

  /// fp32 rows of one operand: in place where they are that, else converted.
  static Rows rows_of(const TensorView& from,
                      std::int64_t slot,
                      std::int64_t count,
                      Scratch<float>& scratch) {
    const TensorView rows = from.at(0, 0).slice(0, slot, count);
    if (rows.dtype == DType::kF32) return {static_cast<const float*>(rows.data), rows.stride[0]};
    const std::int64_t columns = rows.shape[1];
    float* to = scratch.at_least(kTileKeys * columns);
    for (std::int64_t i = 0; i < count; ++i) {
      widen(rows.dtype, rows.at(0, i).data, columns, to + i * columns);
    }
    return {to, columns};
  }

  ReadOutTile tile_of(const KeySegment& segment,
                      std::int64_t slot,
                      std::int64_t count,
                      ReadOutScratch& scratch) const {
    ReadOutTile tile = {.keys = rows_of(segment.keys, slot, count, scratch.work.keys),
                        .values = rows_of(segment.values, slot, count, scratch.work.values),
                        .count = static_cast<int>(count),
                        .key_dim = static_cast<int>(shape_.key_dim),
                        .value_dim = static_cast<int>(shape_.value_dim),
                        .scale = static_cast<float>(args_.scale * std::numbers::log2e),
                        .scores = scratch.work.scores.at_least(kTileKeys * lanes_)};
    std::uint8_t* sides = scratch.sides.at_least(kTileKeys);
    for (std::int64_t i = 0; i < count; ++i) {
      const float* value = tile.values.data + i * tile.values.stride;
      sides[i] = static_cast<std::uint8_t>((value[1] > 0.5f ? kInside : 0) |
                                           (value[0] < 0.05f ? kOutside : 0));
    }
    tile.sides = sides;
    return tile;
  }

  void read_tile(ReadOutTile tile, std::int64_t first_key, ReadOutScratch& scratch) const {
    std::uint32_t hits[kTileKeys];
    for (int panel = 0; panel < panels_; ++panel) {
      tile.queries = queries_ + panel * shape_.key_dim * lanes_;
      if (!selects_) {
        read_all(tile, state_of(panel));
        continue;
      }
      TopCandidates& top = scratch.top[static_cast<std::size_t>(panel)];
      read_hits(tile, state_of(panel), top.thresholds(), hits);
      top.add(first_key, tile.scores, std::span(hits, static_cast<std::size_t>(tile.count)));
    }
  }

  void put(std::int64_t row, int query, float x) const {
    args_.out.as<float>()[row * args_.out.stride[0] + first_ + query] = x;
  }

  void write(int query, ReadOutScratch& scratch) const {
    const ReadOutState state = state_of(query / lanes_);
    const int lane = query % lanes_;
    if (selects_) {
      write_winners(query, scratch.top[static_cast<std::size_t>(query / lanes_)].winners(lane));
    } else {
      const float sum = state.softmax.sum[lane];
      for (std::int64_t c = 0; c < shape_.value_dim; ++c) {
        put(c, query, sum == 0 ? 0 : state.softmax.out[c * lanes_ + lane] / sum);
      }
    }
    const float inside = state.inside[lane];
    const float outside = state.outside[lane];
    put(shape_.value_dim, query, inside == kNone ? -1 : inside);
    put(shape_.value_dim + 1, query, outside == kNone ? -1 : outside);
  }

  void write_winners(int query, std::span<Candidate> winners) const {
    float max = kNone;
    for (const Candidate& winner : winners) max = std::max(max, winner.similarity);
    double sum = 0;
    for (Candidate& winner : winners) {
      winner.similarity = std::exp(args_.scale * (winner.similarity - max));  // now its weight
      sum += winner.similarity;
    }
    for (std::int64_t c = 0; c < shape_.value_dim; ++c) {
      double out = 0;
      for (const Candidate& winner : winners) out += winner.similarity * value(winner.key, c);
      put(c, query, winners.empty() ? 0 : static_cast<float>(out / sum));
    }
  }

  float value(std::int64_t key, std::int64_t channel) const {
    const KeySegment* segment = args_.segments.data();
    while (key >= segment->values.shape[1]) key -= (segment++)->values.shape[1];
    const TensorView& values = segment->values;
    const std::int64_t row =
        key * values.stride[1] * static_cast<std::int64_t>(size_of(values.dtype));
    return load_element(values.dtype, static_cast<const char*>(values.data) + row, channel);
  }

  const ReadOutArgs& args_;
  const ReadOutShape& shape_;
  std::int64_t first_;
  int count_;
  int lanes_;
  int panels_;
  bool selects_;
  float* queries_ = nullptr;
  float* state_ = nullptr;
};

}  // namespace

void read_out(const ReadOutArgs& args) {
  const ReadOutShape shape = check(args);
  const std::int64_t tasks = (shape.queries + kTileQueries - 1) / kTileQueries;
  // Isolated: while this thread waits it runs only this call's tasks, so its scratch is its own.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::int64_t{0}, tasks, [&](std::int64_t task) {
      thread_local ReadOutScratch scratch;
      ReadOutTask(args, shape, task * kTileQueries).run(scratch);
    });
  });
}

}  // namespace heddle::attention::cpu
