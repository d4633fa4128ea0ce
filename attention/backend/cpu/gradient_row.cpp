#include "attention/backend/cpu/gradient_row.h"

#include "attention/backend/cpu/attention_mask.h"
#include "attention/backend/cpu/attention_operands.h"
#include "attention/backend/cpu/rows_ahead.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace heddle::attention::cpu {
namespace {

std::int64_t padded(std::int64_t columns, std::int64_t to) { return (columns + to - 1) / to * to; }

/// In double: shifts of nearly equal products must not lose what is left of them.
double dot(const float* a, const float* b, std::int64_t count) {
  std::array<double, 4> sums{};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t j = 0; j < 4; ++j) {
      sums[j] += static_cast<double>(a[i + static_cast<std::int64_t>(j)]) *
                 b[i + static_cast<std::int64_t>(j)];
    }
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(a[i]) * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

float cell(const TensorView& view, std::int64_t head, std::int64_t query) {
  return static_cast<const float*>(view.data)[head * view.stride[0] + query * view.stride[1]];
}

/// log_sum_exp and shift (panels, lanes each): +inf for a lane that attends nothing, whose weights
/// then are 0.
void pack_shifts(const GradientRow& row, Workspace& workspace, float* log_sum_exp, float* shift) {
  const AttentionGradientArgs& args = row.call.args;
  const RowOrder& order = row.call.orders.results;
  const Matrix out = head_of(args.out, row.head, order);
  const Matrix out_gradient = head_of(args.out_gradient, row.head, order);
  std::fill_n(log_sum_exp, row.call.panels * row.layout.lanes, HUGE_VALF);
  std::fill_n(shift, row.call.panels * row.layout.lanes, 0.0f);
  for (int i = 0; i < row.layout.queries; ++i) {
    const std::int64_t query = row.layout.first_query + i;
    const std::int64_t held = order.rows.empty() ? query : order.of(row.head)[query];
    const float given = cell(args.log_sum_exp, row.head, held);
    if (given == -HUGE_VALF) continue;
    const Rows a = float_rows(out, query, 1, workspace.rows);
    const Rows b = float_rows(out_gradient, query, 1, workspace.values);
    double sum = -dot(a.data, b.data, out.columns);
    if (!args.log_sum_exp_gradient.empty()) sum += cell(args.log_sum_exp_gradient, row.head, query);
    log_sum_exp[i] = given;
    shift[i] = static_cast<float>(sum);
  }
}

/// Where the parts of a packed row begin.
struct PackedParts {
  float* out_gradient;       // (panels, value_dim, lanes)
  float* out_gradient_rows;  // (panels * lanes, value_stride)
  float* log_sum_exp;        // (panels, lanes)
  float* shift;              // (panels, lanes)

  explicit PackedParts(const GradientRow& row) {
    const GradientCall& call = row.call;
    const std::int64_t lanes = call.panels * row.layout.lanes;
    out_gradient =
        row.packed + static_cast<std::int64_t>(call.args.queries.size()) * call.set_floats();
    log_sum_exp = out_gradient + lanes * call.shape.value_dim;
    shift = log_sum_exp + lanes;
    out_gradient_rows = shift + lanes;
  }
};

Matrix matrix_of(const GradientRow& row, const Piece& piece, TensorView KeySegment::*operand) {
  const GradientCall& call = row.call;
  const KeySegment& segment = call.args.segments[static_cast<std::size_t>(piece.run->segment)];
  return head_of(segment.*operand, row.head / call.group(), call.orders.keys);
}

/// The keys or values of a piece as fp32 rows.
Rows rows_of(const GradientRow& row,
             const Piece& piece,
             TensorView KeySegment::*operand,
             Scratch<float>& scratch) {
  return float_rows(
      matrix_of(row, piece, operand), piece.run->first_slot + piece.offset, piece.keys, scratch);
}

GradientTile tile_of(const GradientRow& row, const Piece& piece, Workspace& workspace) {
  const std::int64_t block = row.call.args.plan->key_block;
  return {.keys = rows_of(row, piece, &KeySegment::keys, workspace.keys),
          .values = rows_of(row, piece, &KeySegment::values, workspace.values),
          .key_dim = static_cast<int>(row.call.shape.key_dim),
          .value_dim = static_cast<int>(row.call.shape.value_dim),
          .weights = workspace.scores.at_least(block * row.layout.lanes),
          .slopes = workspace.slopes.at_least(block * row.layout.lanes)};
}

/// Points the tile at the row's panel `panel` of the piece's query set.
void aim(const GradientRow& row, const PackedParts& parts, int set, int panel, GradientTile& tile) {
  const GradientCall& call = row.call;
  const std::int64_t lanes = row.layout.lanes;
  const std::int64_t first = panel * lanes;
  const float* queries = row.packed + set * call.set_floats();
  const float* rows = queries + call.panels * lanes * call.shape.key_dim;
  tile.queries = queries + first * call.shape.key_dim;
  tile.query_rows = {rows + first * call.key_stride, call.key_stride};
  tile.out_gradient = parts.out_gradient + first * call.shape.value_dim;
  tile.out_gradient_rows = {parts.out_gradient_rows + first * call.value_stride, call.value_stride};
  tile.log_sum_exp = parts.log_sum_exp + first;
  tile.shift = parts.shift + first;
  tile.used = row.layout.used(panel);
}

}  // namespace

GradientCall::GradientCall(const AttentionGradientArgs& gradient_args,
                           const AttentionShape& of_shape,
                           const RowOrders& row_orders)
    : args(gradient_args), forward(forward_of(gradient_args)), shape(of_shape), orders(row_orders) {
  const std::int64_t lanes = panel_lanes();
  key_stride = padded(shape.key_dim, gradient_padding());
  value_stride = padded(shape.value_dim, gradient_padding());
  panels = (args.plan->query_block + lanes - 1) / lanes;
}

std::int64_t GradientCall::plan_row(std::int64_t head, std::int64_t block) const {
  return (args.plan->heads == 1 ? 0 : head) * args.plan->query_blocks() + block;
}

std::int64_t GradientCall::set_floats() const {
  return panels * panel_lanes() * (shape.key_dim + key_stride);
}

std::int64_t GradientCall::packed_floats() const {
  const auto sets = static_cast<std::int64_t>(args.queries.size());
  return sets * set_floats() + panels * panel_lanes() * (shape.value_dim + value_stride + 2);
}

std::int64_t GradientCall::sum_floats() const {
  return static_cast<std::int64_t>(args.queries.size()) * panels * panel_lanes() * shape.key_dim;
}

GradientRow::GradientRow(const GradientCall& of_call,
                         std::int64_t of_head,
                         std::int64_t of_row,
                         float* memory)
    : call(of_call),
      head(of_head),
      row(of_row),
      layout(layout_of(
          {.args = call.forward, .shape = call.shape, .head = head, .tiles = {.row = row}})),
      packed(memory) {}

void GradientRow::pack(Workspace& workspace) const {
  const std::int64_t lanes = call.panels * layout.lanes;
  float* to = packed;
  for (const TensorView& queries : call.args.queries) {
    const Matrix from = head_of(queries, head, call.orders.queries);
    pack_panels(from, layout, call.args.scale, workspace, to);
    float* rows = to + lanes * call.shape.key_dim;
    pack_rows(from, layout, call.args.scale, workspace, call.key_stride, rows);
    to += call.set_floats();
  }
  const PackedParts parts(*this);
  const Matrix from = head_of(call.args.out_gradient, head, call.orders.results);
  pack_panels(from, layout, 1, workspace, parts.out_gradient);
  pack_rows(from, layout, 1, workspace, call.value_stride, parts.out_gradient_rows);
  pack_shifts(*this, workspace, parts.log_sum_exp, parts.shift);
}

void add_piece(const GradientRow& row,
               const GradientPiece& part,
               const PieceSums& sums,
               const Ahead& ahead,
               Workspace& workspace) {
  const GradientCall& call = row.call;
  const BlockPlan& plan = *call.args.plan;
  const Piece& piece = part.piece;
  const int set = call.args.segments[static_cast<std::size_t>(piece.run->segment)].query_set;
  const int lanes = row.layout.lanes;
  const KeyTile alone = {.pieces = {&piece, 1}, .query_set = set, .keys = piece.keys};
  std::uint32_t* mask = workspace.mask.at_least(std::int64_t{(plan.key_block + 31) / 32} * lanes);
  const PackedParts parts(row);
  GradientTile tile = tile_of(row, piece, workspace);
  for (int panel = 0; panel < row.layout.panels; ++panel) {
    const Visible seen =
        visible(plan,
                alone,
                {.first = plan.first_query + row.layout.first_query + panel * lanes,
                 .count = row.layout.used(panel),
                 .lanes = lanes},
                mask);
    tile.first_key = std::max(seen.first, part.first);
    tile.end_key = std::min(seen.end, part.end);
    if (tile.first_key >= tile.end_key) continue;
    tile.mask = seen.all ? nullptr : mask;
    tile.ahead = share_of(ahead, panel, row.layout.panels);
    aim(row, parts, set, panel, tile);
    float* queries = sums.queries;
    if (queries) queries += (set * call.panels + panel) * call.shape.key_dim * lanes;
    add_gradients(tile,
                  {.queries = queries,
                   .keys = sums.keys,
                   .values = sums.values,
                   .key_stride = call.key_stride,
                   .value_stride = call.value_stride});
  }
}

RowsAhead rows_ahead(const GradientRow& row, const Piece& piece, TensorView KeySegment::*operand) {
  return rows_ahead(
      matrix_of(row, piece, operand), piece.run->first_slot + piece.offset, piece.keys);
}

void write_query_gradients(const GradientRow& row, const float* sums, Workspace& workspace) {
  const GradientCall& call = row.call;
  const int lanes = row.layout.lanes;
  float* scales = workspace.scales.at_least(lanes);
  std::fill_n(scales, lanes, call.args.scale);
  for (std::size_t set = 0; set < call.args.queries.size(); ++set) {
    if (call.args.query_gradients[set].empty()) continue;
    const Matrix to = head_of(call.args.query_gradients[set], row.head);
    const float* from =
        sums + static_cast<std::int64_t>(set) * call.panels * lanes * call.shape.key_dim;
    for (int panel = 0; panel < row.layout.panels; ++panel) {
      unpack_panel({.panel = from + panel * call.shape.key_dim * lanes, .scales = scales},
                   row.layout,
                   panel,
                   workspace,
                   to);
    }
  }
}

}  // namespace heddle::attention::cpu
