#pragma once
// One oneDNN convolution over a tile of fixed shape: every dense product of this back end is made
// of these. Channels-last; the tile carries its own halo along the axis that is cut (no padding
// there), so that each output meets the same additions in the same order wherever its tile lies.
//
// Threads: execute() is const and safe from any thread; making and executing set the thread's
// OpenMP team to 1 (product.md: a team of two collapses as soon as another thread wants a core).
// Memory: handles for as many execute() as ever ran at once, whatever threads they ran on; beside
// them oneDNN itself makes and frees a small argument table at each call. Errors:
// std::runtime_error with the shape and oneDNN's reason.

#include "attention/tensor/tensor.h"

#include <cstdint>
#include <memory>

namespace heddle::attention::cpu {

struct TileShape {
  std::int64_t in = 0;          // channels
  std::int64_t out = 0;         // channels
  std::int64_t in_height = 1;   // of the tile, halo included
  std::int64_t in_width = 1;    // of the tile, halo included
  std::int64_t out_height = 1;  // of the tile
  std::int64_t out_width = 1;   // of the tile
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_width = 0;  // zeros left and right, for the axis that is not cut
  bool relu = false;
  bool accumulate = false;

  bool operator==(const TileShape&) const = default;
};

/// Weights and bias as fp32 in the layout that the first tile asked for. Threads: safe.
class ConvolutionWeights {
 public:
  /// weight (out, in, kernel height, kernel width) of any float dtype and rank 4; bias (out) or
  /// empty. Both are copied.
  ConvolutionWeights(const TensorView& weight, const TensorView& bias);
  ~ConvolutionWeights();

 private:
  friend class ConvolutionTile;
  struct State;
  std::unique_ptr<State> state_;
};

class ConvolutionTile {
 public:
  ConvolutionTile(const TileShape& shape, const ConvolutionWeights& weights);
  ~ConvolutionTile();

  const TileShape& shape() const { return shape_; }
  /// in (in_height, in_width, in) -> out (out_height, out_width, out), both contiguous.
  void execute(const float* in, float* out) const;

 private:
  struct State;
  TileShape shape_;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::attention::cpu
