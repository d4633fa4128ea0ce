#include "attention/backend/cpu/product_gradient.h"

#include "attention/backend/cpu/matrix_product.h"
#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/row_gradients.h"
#include "attention/backend/cpu/shifted_rows.h"
#include "attention/backend/cpu/vector_ops.h"
#include "attention/backend/gradient_checks.h"
#include "attention/backend/patch_product.h"

#include <algorithm>
#include <vector>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kRowsATask = 256;
constexpr std::int64_t kColumnsATask = 256;
constexpr std::int64_t kWeightRowsATask = 64;
constexpr std::int64_t kWeightColumnsATask = 128;

std::int64_t tiles(std::int64_t extent, std::int64_t size) { return (extent + size - 1) / size; }

/// Weights one tap after another: (taps, out, in). One tap lies so by itself.
class TapWeights {
 public:
  TapWeights(const TensorView& weight, std::int64_t taps)
      : out_(weight.shape[0]), in_(weight.shape[1]), data_(weight.as<float>()) {
    if (taps == 1) return;
    turned_ = Tensor(DType::kF32, {taps, out_, in_});
    data_ = turned_.view().as<float>();
    const auto* from = weight.as<float>();
    parallel_blocks(out_, [&](std::int64_t o) {
      for (std::int64_t i = 0; i < in_; ++i) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          data_[(tap * out_ + o) * in_ + i] = from[(o * in_ + i) * taps + tap];
        }
      }
    });
  }
  const float* of(std::size_t tap) const {
    return data_ + static_cast<std::int64_t>(tap) * out_ * in_;
  }

 private:
  std::int64_t out_;
  std::int64_t in_;
  float* data_;
  Tensor turned_;
};

/// A tap of a product whose output is rows of phase `to`.
struct Term {
  std::int64_t from_phase = 0;
  std::int64_t to_phase = 0;
  std::int64_t shift = 0;  // row r of `to` takes row r + shift of `from`
  const float* weight = nullptr;
};

/// to[r] = (to[r] +) bias + the sum over terms of from[r + shift] . weight.
struct ShiftedProduct {
  const PhasedRows& from;
  const PhasedRows& to;
  std::int64_t rows = 0;    // of a phase
  std::int64_t phases = 1;  // of `to`
  std::vector<Term> terms;
  bool weight_transposed = false;  // its rows are columns of `to`
  TensorView bias;
  bool add = false;

  void run() const {
    const std::int64_t row_tiles = tiles(rows, kRowsATask);
    const std::int64_t column_tiles = tiles(to.channels, kColumnsATask);
    parallel_blocks(phases * row_tiles * column_tiles, [&](std::int64_t task) {
      Tile tile{.phase = task / column_tiles / row_tiles,
                .row = task / column_tiles % row_tiles * kRowsATask,
                .column = task % column_tiles * kColumnsATask};
      tile.end = std::min(rows, tile.row + kRowsATask);
      tile.columns = std::min(to.channels - tile.column, kColumnsATask);
      run_tile(tile);
    });
  }

 private:
  /// Rows [row, end) and some columns of a phase of `to`: one task.
  struct Tile {
    std::int64_t phase = 0;
    std::int64_t row = 0;
    std::int64_t end = 0;
    std::int64_t column = 0;
    std::int64_t columns = 0;
  };

  void run_tile(const Tile& tile) const {
    bool written = add;
    if (!bias.empty()) {
      put_bias(tile);
      written = true;
    }
    for (const Term& term : terms) {
      if (term.to_phase != tile.phase) continue;
      const std::int64_t first = std::max(tile.row, -term.shift);
      const std::int64_t last = std::min(tile.end, rows - term.shift);
      if (first >= last) continue;
      if (!written && (first > tile.row || last < tile.end)) {
        clear(tile);
        written = true;
      }
      run_term(tile, term, first, {.rows = last - first, .add = written});
      written = true;
    }
    if (!written) clear(tile);
  }

  /// `part`: how many rows from `first` on, added to or not.
  void run_term(const Tile& tile, const Term& term, std::int64_t first, MatrixTarget part) const {
    part.data = to.row(tile.phase, first) + tile.column;
    part.stride = to.row_stride;
    part.columns = tile.columns;
    const Matrix weight{.data = term.weight + tile.column * (weight_transposed ? from.channels : 1),
                        .stride = weight_transposed ? from.channels : to.channels,
                        .transposed = weight_transposed};
    matrix_product(
        {.data = from.row(term.from_phase, first + term.shift), .stride = from.row_stride},
        weight,
        from.channels,
        part);
  }

  void clear(const Tile& tile) const {
    for (std::int64_t r = tile.row; r < tile.end; ++r) {
      std::fill_n(to.row(tile.phase, r) + tile.column, tile.columns, 0.0f);
    }
  }
  void put_bias(const Tile& tile) const {
    const float* values = bias.as<float>() + tile.column;
    for (std::int64_t r = tile.row; r < tile.end; ++r) {
      float* cell = to.row(tile.phase, r) + tile.column;
      if (add) {
        add_row(cell, values, cell, tile.columns);
      } else {
        std::copy_n(values, tile.columns, cell);
      }
    }
  }
};

void in_gradient(const ProductGradientArgs& args,
                 const RowLayout& layout,
                 const PhasedRows& out_gradient) {
  const TensorView& target = args.in_gradient.view;
  const TapWeights weights(args.weight, static_cast<std::int64_t>(layout.taps.size()));
  const PhasedRows to = room_for(layout, target, true);
  ShiftedProduct product{.from = out_gradient,
                         .to = to,
                         .rows = layout.rows,
                         .phases = layout.phases,
                         .terms = {},
                         .bias = {},
                         .add = args.in_gradient.add && to.owned.empty()};
  for (std::size_t tap = 0; tap < layout.taps.size(); ++tap) {
    product.terms.push_back({.to_phase = layout.taps[tap].phase,
                             .shift = -layout.taps[tap].shift,
                             .weight = weights.of(tap)});
  }
  product.run();
  give_back(layout, to, target, args.in_gradient.add);
}

/// gradients (taps, out, in) += out_gradient[r]^T in[r + shift], summed over rows r.
void add_tap_gradients(const RowLayout& layout,
                       const PhasedRows& in,
                       const PhasedRows& out_gradient,
                       float* gradients) {
  const std::int64_t down = tiles(out_gradient.channels, kWeightRowsATask);
  const std::int64_t across = tiles(in.channels, kWeightColumnsATask);
  const auto taps = static_cast<std::int64_t>(layout.taps.size());
  parallel_blocks(taps * down * across, [&](std::int64_t task) {
    const Tap& tap = layout.taps[static_cast<std::size_t>(task / across / down)];
    const std::int64_t o = task / across % down * kWeightRowsATask;
    const std::int64_t i = task % across * kWeightColumnsATask;
    const std::int64_t first = std::max<std::int64_t>(0, -tap.shift);
    const std::int64_t last = std::min(layout.rows, layout.rows - tap.shift);
    if (first >= last) return;
    float* to = gradients + task / across / down * out_gradient.channels * in.channels;
    matrix_product({.data = out_gradient.row(0, first) + o,
                    .stride = out_gradient.row_stride,
                    .transposed = true},
                   {.data = in.row(tap.phase, first + tap.shift) + i, .stride = in.row_stride},
                   last - first,
                   {.data = to + o * in.channels + i,
                    .stride = in.channels,
                    .rows = std::min(out_gradient.channels - o, kWeightRowsATask),
                    .columns = std::min(in.channels - i, kWeightColumnsATask),
                    .add = true});
  });
}

void weight_gradient(const ProductGradientArgs& args,
                     const RowLayout& layout,
                     const PhasedRows& out_gradient) {
  const PhasedRows in = rows_of(layout, args.in, true);
  auto* to = args.weight_gradient.as<float>();
  const auto taps = static_cast<std::int64_t>(layout.taps.size());
  if (taps == 1) {
    add_tap_gradients(layout, in, out_gradient, to);
    return;
  }
  const std::int64_t pairs = in.channels * out_gradient.channels;
  const Tensor turned(DType::kF32, {taps, pairs});
  const auto* from = turned.view().as<float>();
  add_tap_gradients(layout, in, out_gradient, turned.view().as<float>());
  parallel_blocks(out_gradient.channels, [&](std::int64_t o) {
    for (std::int64_t pair = o * in.channels; pair < (o + 1) * in.channels; ++pair) {
      for (std::int64_t tap = 0; tap < taps; ++tap)
        to[pair * taps + tap] += from[tap * pairs + pair];
    }
  });
}

}  // namespace

void product(const ProductArgs& args) {
  if (args.shape.patch) return product_of_patches(args, cpu::product);
  const DenseShape shape = check(args);
  if (args.out.size() == 0) return;
  const RowLayout layout = row_layout(shape, args.in);
  const TapWeights weights(args.weight, static_cast<std::int64_t>(layout.taps.size()));
  const PhasedRows from = rows_of(layout, args.in, true);
  const PhasedRows to = room_for(layout, args.out, false);
  ShiftedProduct product{.from = from,
                         .to = to,
                         .rows = layout.rows,
                         .terms = {},
                         .weight_transposed = true,
                         .bias = args.bias,
                         .add = args.accumulate && to.owned.empty()};
  for (std::size_t tap = 0; tap < layout.taps.size(); ++tap) {
    product.terms.push_back({.from_phase = layout.taps[tap].phase,
                             .shift = layout.taps[tap].shift,
                             .weight = weights.of(tap)});
  }
  product.run();
  give_back(layout, to, args.out, args.accumulate);
}

void product_gradient(const ProductGradientArgs& args) {
  if (args.shape.patch) return gradient_of_patches(args, cpu::product_gradient);
  const DenseShape shape = check(args);
  if (args.out_gradient.size() == 0) return;
  const RowLayout layout = row_layout(shape, args.in);
  const PhasedRows out_gradient = rows_of(layout, args.out_gradient, false);
  if (!args.in_gradient.view.empty()) in_gradient(args, layout, out_gradient);
  if (!args.weight_gradient.empty()) weight_gradient(args, layout, out_gradient);
  if (!args.bias_gradient.empty()) add_column_sums(args.out_gradient, args.bias_gradient);
}

}  // namespace heddle::attention::cpu
