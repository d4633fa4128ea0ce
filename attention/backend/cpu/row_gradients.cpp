#include "attention/backend/cpu/row_gradients.h"

#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/vector_gradients.h"
#include "attention/backend/cpu/vector_ops.h"
#include "attention/backend/gradient_checks.h"

#include <algorithm>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kBlockFloats = 16384;  // as row_ops.cpp's

std::int64_t channels_of(const TensorView& view) { return view.shape[view.rank - 1]; }

/// Rows cut into blocks by their shape alone.
struct RowBlocks {
  std::int64_t rows = 0;
  std::int64_t size = 1;

  explicit RowBlocks(const TensorView& of)
      : rows(row_count(of)),
        size(std::max<std::int64_t>(1, kBlockFloats / std::max<std::int64_t>(1, channels_of(of)))) {
  }
  std::int64_t count() const { return (rows + size - 1) / size; }

  /// body(row) for the rows of a block.
  template <class Body>
  void for_each_row(std::int64_t block, const Body& body) const {
    const std::int64_t end = std::min(rows, (block + 1) * size);
    for (std::int64_t row = block * size; row < end; ++row) body(row);
  }
};

/// One partial sum of rows a block.
class BlockSums {
 public:
  BlockSums(const RowBlocks& blocks, const TensorView& to) : to_(to) {
    if (!to.empty()) sums_ = Tensor(DType::kF32, {blocks.count(), to.shape[0]});
  }
  float* of(std::int64_t block) const {
    return sums_.empty() ? nullptr : sums_.view().as<float>() + block * to_.shape[0];
  }
  void add_up() const {
    if (sums_.empty()) return;
    auto* to = to_.as<float>();
    for (std::int64_t block = 0; block < sums_.view().shape[0]; ++block) {
      add_row(to, of(block), to, to_.shape[0]);
    }
  }

 private:
  TensorView to_;
  Tensor sums_;
};

RowGradient row_of(const RowGradientArgs& args, std::int64_t row) {
  const bool wanted = !args.in_gradient.view.empty();
  return {.x = row_start(args.in, row),
          .dy = row_start(args.out_gradient, row),
          .dx = wanted ? row_start(args.in_gradient.view, row) : nullptr,
          .n = channels_of(args.in),
          .add = args.in_gradient.add};
}

void norm_gradients(const RowGradientArgs& args, bool centred) {
  if (args.in.size() == 0) return;
  const RowBlocks blocks(args.in);
  const BlockSums gains(blocks, args.gain_gradient);
  const BlockSums biases(blocks, args.bias_gradient);
  parallel_blocks(blocks.count(), [&](std::int64_t block) {
    const NormGradient norm{.gain = args.gain.as<float>(),
                            .eps = args.eps,
                            .centred = centred,
                            .gain_sums = gains.of(block)};
    blocks.for_each_row(block, [&](std::int64_t row) {
      const RowGradient one = row_of(args, row);
      float* bias = biases.of(block);
      if (bias) add_row(bias, one.dy, bias, one.n);  // before dx, which may be dy
      norm_gradient_row(norm, one);
    });
  });
  gains.add_up();
  biases.add_up();
}

template <class Row>
void for_each_wanted_row(const RowGradientArgs& args, const Row& body) {
  if (args.in_gradient.view.empty() || args.in.size() == 0) return;
  const RowBlocks blocks(args.in);
  parallel_blocks(blocks.count(), [&](std::int64_t block) {
    blocks.for_each_row(block, [&](std::int64_t row) { body(row); });
  });
}

}  // namespace

void rms_norm_gradient(const RowGradientArgs& args) {
  check_row_gradient("rms_norm", args);
  norm_gradients(args, false);
}

void layer_norm_gradient(const RowGradientArgs& args) {
  check_row_gradient("layer_norm", args);
  norm_gradients(args, true);
}

void l2_normalize_gradient(const RowGradientArgs& args) {
  check_row_gradient("l2_normalize", args);
  for_each_wanted_row(
      args, [&](std::int64_t row) { l2_normalize_gradient_row(row_of(args, row), args.eps); });
}

void gelu_gradient(const RowGradientArgs& args) {
  check_row_gradient("gelu", args);
  for_each_wanted_row(args, [&](std::int64_t row) { gelu_gradient_row(row_of(args, row)); });
}

void relu_gradient(const RowGradientArgs& args) {
  check_row_gradient("relu", args);
  for_each_wanted_row(args, [&](std::int64_t row) { relu_gradient_row(row_of(args, row)); });
}

void swiglu_gradient(const RowGradientArgs& args) {
  check_swiglu_gradient(args);
  const std::int64_t channels = channels_of(args.out_gradient);
  for_each_wanted_row(args, [&](std::int64_t row) {
    const RowGradient whole = row_of(args, row);
    swiglu_gradient_row({.gate = whole.x,
                         .value = whole.x + channels,
                         .dy = whole.dy,
                         .dgate = whole.dx,
                         .dvalue = whole.dx + channels,
                         .n = channels,
                         .add = whole.add});
  });
}

void add_column_sums(const TensorView& rows, const TensorView& to) {
  if (rows.size() == 0) return;
  const RowBlocks blocks(rows);
  const BlockSums sums(blocks, to);
  parallel_blocks(blocks.count(), [&](std::int64_t block) {
    float* sum = sums.of(block);
    blocks.for_each_row(
        block, [&](std::int64_t row) { add_row(sum, row_start(rows, row), sum, to.shape[0]); });
  });
  sums.add_up();
}

}  // namespace heddle::attention::cpu
