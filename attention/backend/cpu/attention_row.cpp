#include "attention/backend/cpu/attention_row.h"

#include "attention/backend/cpu/attention_mask.h"
#include "attention/backend/cpu/attention_operands.h"
#include "attention/backend/cpu/attention_panel.h"
#include "attention/backend/cpu/rows_ahead.h"
#include "attention/backend/element.h"
#include "attention/backend/softmax_state.h"

#include <algorithm>
#include <numbers>
#include <optional>

namespace heddle::attention::cpu {
namespace {

PanelState panel_state(const RowLayout& layout, float* state, int panel) {
  float* base = state + panel * layout.panel_floats;
  return {.max = base, .sum = base + layout.lanes, .out = base + 2 * layout.lanes};
}

void clear(const RowLayout& layout, float* state) {
  std::fill_n(state, layout.floats(), 0.0f);
  for (int panel = 0; panel < layout.panels; ++panel) {
    std::fill_n(panel_state(layout, state, panel).max, layout.lanes, SoftmaxState<float>().max);
  }
}

/// Everything that stays the same while a row is walked.
class RowKernel {
 public:
  RowKernel(const RowTask& task, Workspace& workspace)
      : task_(task),
        workspace_(workspace),
        layout_(layout_of(task)),
        orders_(task.orders ? *task.orders : RowOrders()) {
    const AttentionArgs& args = task.args;
    set_floats_ = layout_.panels * task.shape.key_dim * layout_.lanes;
    const auto sets = static_cast<std::int64_t>(args.queries.size());
    queries_ = workspace.queries.at_least(sets * set_floats_);
    for (std::int64_t set = 0; set < sets; ++set) {
      const TensorView& queries = args.queries[static_cast<std::size_t>(set)];
      pack_panels(head_of(queries, task.head, orders_.queries),
                  layout_,
                  static_cast<float>(args.scale * std::numbers::log2e),
                  workspace,
                  queries_ + set * set_floats_);
    }
    const int block = args.plan->key_block;
    scores_ = workspace.scores.at_least(std::int64_t{block} * layout_.lanes);
    mask_ = workspace.mask.at_least(std::int64_t{(block + 31) / 32} * layout_.lanes);
  }

  const RowLayout& layout() const { return layout_; }

  /// `ahead`: a piece of the tile behind it, if there is one.
  void attend(const KeyTile& tile, const std::optional<Piece>& ahead, float* state) {
    PanelTile panel_tile = {.keys = rows_of(tile, &KeySegment::keys, workspace_.keys),
                            .values = rows_of(tile, &KeySegment::values, workspace_.values),
                            .key_dim = static_cast<int>(task_.shape.key_dim),
                            .value_dim = static_cast<int>(task_.shape.value_dim),
                            .scores = scores_};
    const BlockPlan& plan = *task_.args.plan;
    const Ahead next = ahead ? ahead_of(*ahead) : ahead_of_row();
    for (int panel = 0; panel < layout_.panels; ++panel) {
      const int first = panel * layout_.lanes;
      const Visible seen = visible(plan,
                                   tile,
                                   {.first = plan.first_query + layout_.first_query + first,
                                    .count = layout_.used(panel),
                                    .lanes = layout_.lanes},
                                   mask_);
      if (seen.first == seen.end) continue;
      panel_tile.queries =
          queries_ + tile.query_set * set_floats_ + panel * task_.shape.key_dim * layout_.lanes;
      panel_tile.mask = seen.all ? nullptr : mask_;
      panel_tile.first_key = seen.first;
      panel_tile.end_key = seen.end;
      panel_tile.ahead = share_of(next, panel, layout_.panels);
      cpu::attend(panel_tile, panel_state(layout_, state, panel));
    }
  }

 private:
  Ahead ahead_of(const Piece& piece) const {
    return {of_piece(task_, piece, &KeySegment::keys), of_piece(task_, piece, &KeySegment::values)};
  }

  /// Behind the row's last tile: where its outputs go, the next row's queries and its first keys.
  Ahead ahead_of_row() const {
    const Matrix out = head_of(task_.args.out, task_.head);
    Ahead found = {rows_ahead(out, layout_.first_query, layout_.queries)};
    if (!task_.next) return found;
    const RowTask& next = *task_.next;
    const RowLayout layout = layout_of(next);
    const Matrix queries = head_of(next.args.queries[0], next.head, orders_.queries);
    found[1] = rows_ahead(queries, layout.first_query, layout.queries);
    TileWalk walk(next.args, next.tiles, workspace_.next_pieces);
    if (const auto piece = walk.ahead()) {
      found[2] = of_piece(next, *piece, &KeySegment::keys);
      found[3] = of_piece(next, *piece, &KeySegment::values);
    }
    return found;
  }

  RowsAhead of_piece(const RowTask& task,
                     const Piece& piece,
                     TensorView KeySegment::*operand) const {
    const std::int64_t head = task.head * task.shape.kv_heads / task.shape.heads;
    const KeySegment& segment = task.args.segments[static_cast<std::size_t>(piece.run->segment)];
    return rows_ahead(head_of(segment.*operand, head, orders_.keys),
                      piece.run->first_slot + piece.offset,
                      piece.keys);
  }

  /// The tile's keys or values as fp32 rows: in place where they are that, else copied together.
  Rows rows_of(const KeyTile& tile, TensorView KeySegment::*operand, Scratch<float>& scratch) {
    const std::int64_t head = task_.head * task_.shape.kv_heads / task_.shape.heads;
    float* to = nullptr;
    for (const Piece& piece : tile.pieces) {
      const KeySegment& segment = task_.args.segments[static_cast<std::size_t>(piece.run->segment)];
      const Matrix from = head_of(segment.*operand, head, orders_.keys);
      const std::int64_t slot = piece.run->first_slot + piece.offset;
      if (tile.pieces.size() == 1 && from.in_place()) {
        return {reinterpret_cast<const float*>(from.row(slot)), (segment.*operand).stride[1]};
      }
      if (!to) to = scratch.at_least(task_.args.plan->key_block * from.columns);
      for (int i = 0; i < piece.keys; ++i, to += from.columns) {
        widen(from.dtype, from.row(slot + i), from.columns, to);
      }
    }
    const std::int64_t columns = (task_.args.segments[0].*operand).shape[2];
    return {to - tile.keys * columns, columns};
  }

  const RowTask& task_;
  Workspace& workspace_;
  RowLayout layout_;
  RowOrders orders_;
  std::int64_t set_floats_ = 0;
  float* queries_ = nullptr;
  float* scores_ = nullptr;
  std::uint32_t* mask_ = nullptr;
};

SoftmaxState<float> softmax_of(const RowLayout& layout, const float* state, int query) {
  const float* panel = state + query / layout.lanes * layout.panel_floats + query % layout.lanes;
  return {.max = panel[0], .sum = panel[layout.lanes]};
}

float& cell(const TensorView& sums, std::int64_t head, std::int64_t query) {
  return static_cast<float*>(sums.data)[head * sums.stride[0] + query * sums.stride[1]];
}

void write_log_sum_exp(const RowTask& task, const RowLayout& layout, const float* state) {
  const TensorView& sums = task.args.log_sum_exp;
  if (sums.empty()) return;
  for (int i = 0; i < layout.queries; ++i) {
    cell(sums, task.head, layout.first_query + i) =
        static_cast<float>(log_sum_exp(softmax_of(layout, state, i)));
  }
}

void write_out(const RowTask& task,
               const RowLayout& layout,
               Workspace& workspace,
               const float* state) {
  const Matrix out = head_of(task.args.out, task.head);
  float* inverse = workspace.scales.at_least(layout.lanes);
  for (int panel = 0; panel < layout.panels; ++panel) {
    const float* from = state + panel * layout.panel_floats;
    const float* sum = from + layout.lanes;
    for (int i = 0; i < layout.lanes; ++i) inverse[i] = sum[i] == 0 ? 0 : 1 / sum[i];
    unpack_panel(
        {.panel = from + 2 * layout.lanes, .scales = inverse}, layout, panel, workspace, out);
  }
}

/// Results as a state again: a query whose keys gave `out` under `log_sum_exp` weighs 1 there.
void load_state(const RowTask& task,
                const RowLayout& layout,
                const RowResult& before,
                Workspace& workspace,
                float* state) {
  const std::int64_t width = task.shape.value_dim * layout.lanes;
  float* packed = workspace.queries.at_least(layout.panels * width);
  pack_panels(head_of(before.out, task.head), layout, 1, workspace, packed);
  clear(layout, state);
  for (int panel = 0; panel < layout.panels; ++panel) {
    std::copy_n(packed + panel * width, width, panel_state(layout, state, panel).out);
  }
  for (int i = 0; i < layout.queries; ++i) {
    const float sum = cell(before.log_sum_exp, task.head, layout.first_query + i);
    if (sum == SoftmaxState<float>().max) continue;
    float* lane = state + i / layout.lanes * layout.panel_floats + i % layout.lanes;
    lane[0] = static_cast<float>(sum * std::numbers::log2e);
    lane[layout.lanes] = 1;
  }
}

}  // namespace

Workspace& workspace() {
  thread_local Workspace mine;
  return mine;
}

RowLayout layout_of(const RowTask& task) {
  const BlockPlan& plan = *task.args.plan;
  const std::int64_t block =
      task.tiles.row % plan.query_blocks() + plan.first_query / plan.query_block;
  const std::int64_t begin = std::max(block * plan.query_block, plan.first_query);
  const std::int64_t end =
      std::min((block + 1) * plan.query_block, plan.first_query + plan.queries);
  RowLayout layout = {.first_query = begin - plan.first_query,
                      .queries = static_cast<int>(end - begin),
                      .lanes = panel_lanes()};
  layout.panels = (layout.queries + layout.lanes - 1) / layout.lanes;
  layout.panel_floats = (task.shape.value_dim + 2) * layout.lanes;
  return layout;
}

std::int64_t largest_state(const AttentionArgs& args, const AttentionShape& shape) {
  const int lanes = panel_lanes();
  const std::int64_t panels = (args.plan->query_block + lanes - 1) / lanes;
  return panels * (shape.value_dim + 2) * lanes;
}

void attend_row(const RowTask& task, Workspace& workspace, float* state) {
  RowKernel kernel(task, workspace);
  const RowLayout& layout = kernel.layout();
  clear(layout, state);
  float* current = state;
  std::int64_t group = -1;
  TileWalk walk(task.args, task.tiles, workspace.pieces);
  KeyTile tile;
  while (walk.next(tile)) {
    const std::int64_t tile_group = tile.block / kSplitKeyBlocks;
    if (group >= 0 && tile_group != group) {
      if (current != state) merge_states(layout, state, current);
      current = workspace.part.at_least(layout.floats());
      clear(layout, current);
    }
    group = tile_group;
    kernel.attend(tile, walk.ahead(), current);
  }
  if (current != state) merge_states(layout, state, current);
}

void merge_states(const RowLayout& layout, float* left, const float* right) {
  const int value_dim = static_cast<int>(layout.panel_floats / layout.lanes) - 2;
  for (std::int64_t panel = 0; panel < layout.panels; ++panel) {
    const std::int64_t at = panel * layout.panel_floats;
    merge_panel(value_dim, right + at, left + at);
  }
}

void write_row(const RowTask& task, Workspace& workspace, const float* state) {
  const RowLayout layout = layout_of(task);
  write_out(task, layout, workspace, state);
  write_log_sum_exp(task, layout, state);
}

void join_row(const RowTask& task,
              const RowResult& before,
              Workspace& workspace,
              const float* state) {
  const RowLayout layout = layout_of(task);
  float* joined = workspace.part.at_least(layout.floats());
  load_state(task, layout, before, workspace, joined);
  merge_states(layout, joined, state);
  write_out(task, layout, workspace, joined);
  const TensorView& sums = task.args.log_sum_exp;
  const float none = SoftmaxState<float>().max;
  for (int i = 0; i < layout.queries && !sums.empty(); ++i) {
    if (softmax_of(layout, state, i).max == none) continue;  // `before` is there, bit for bit
    cell(sums, task.head, layout.first_query + i) =
        static_cast<float>(log_sum_exp(softmax_of(layout, joined, i)));
  }
}

}  // namespace heddle::attention::cpu
