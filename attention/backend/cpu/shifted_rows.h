#pragma once
// Every dense product as products of rows with themselves shifted: a tap of a convolution meets row
// r of the output with row r + shift of the input. A sequence needs nothing but its shifts. An
// image is laid out as one long sequence of padded rows of pixels, where a shift down is a shift by
// a padded width; a stride of s makes s x s such sequences (phases), of every s-th pixel each, so
// that strided taps are plain shifts too. Threads: plain functions over TBB, in tasks cut by shape
// alone. Sources: none but arithmetic.

#include "attention/backend/operands.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cpu {

struct Tap {
  std::int64_t phase = 0;  // of the input
  std::int64_t shift = 0;  // output row r meets input row r + shift
};

/// How a product's operands lie as rows.
struct RowLayout {
  std::vector<Tap> taps;  // in the weight's order
  std::int64_t phases = 1;
  std::int64_t rows = 0;    // of a phase, and of the output; rows beyond either end are zeros
  std::int64_t stride = 1;  // of the image
  std::int64_t pad = 0;     // cells of padding around an image's phase
  std::int64_t height = 0;  // of an image's phase, without padding; 0: a sequence, not an image
  std::int64_t width = 0;
};

RowLayout row_layout(const DenseShape& shape, const TensorView& in);

/// Rows of floats in phases: where an operand was laid out, or the operand itself.
struct PhasedRows {
  float* data = nullptr;
  std::int64_t row_stride = 0;    // floats
  std::int64_t phase_stride = 0;  // floats
  std::int64_t channels = 0;
  Tensor owned;  // empty where the operand itself serves

  float* row(std::int64_t phase, std::int64_t row) const {
    return data + phase * phase_stride + row * row_stride;
  }
};

/// The operand as rows: itself where it lies so, else a copy with zeros around. `phased`: the input
/// or its gradient, of all phases; otherwise the output or its gradient, of one.
PhasedRows rows_of(const RowLayout& layout, const TensorView& operand, bool phased);
/// Room for an operand to be computed: itself where it lies so, else memory of its own, in zeros.
PhasedRows room_for(const RowLayout& layout, const TensorView& operand, bool phased);
/// From that room to the operand, written or added; nothing to do where they are one.
void give_back(const RowLayout& layout,
               const PhasedRows& rows,
               const TensorView& operand,
               bool add);

}  // namespace heddle::attention::cpu
