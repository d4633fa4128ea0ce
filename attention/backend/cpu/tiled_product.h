#pragma once
// A dense product cut into tiles of fixed shape along its first axis, run over TBB. A unit is what
// the axis counts: a row (linear), a position (conv1d) or an image row (conv2d). The last tile, and
// tiles whose halo leaves the operand, are filled up with zeros in the thread's own scratch; all
// others run in place. Tiles of one shape meet one primitive, so that a unit's bits depend neither
// on its neighbours, nor on where it lies, nor on the number of threads.
//
// Threads: run() is const and may be called concurrently with disjoint outputs. Memory: primitives
// are made once a shape (the last kKeptTiles widths of image are kept); scratch is thread-local,
// grows to the largest tile the thread has met and stays.

#include "attention/backend/cpu/convolution_tile.h"
#include "attention/backend/operands.h"

#include <memory>
#include <mutex>
#include <vector>

namespace heddle::attention::cpu {

class TiledProduct final : public Dense {
 public:
  struct Tiling {
    std::int64_t units = 0;  // output units a tile
    bool half = false;       // operands rounded to bf16
  };
  TiledProduct(const DenseShape& shape,
               const TensorView& weight,
               const TensorView& bias,
               Tiling tiling);

  std::size_t scratch_bytes(const TensorView&) const override { return 0; }
  void run(const TensorView& in,
           const TensorView& out,
           TensorView scratch,
           bool accumulate) const override;

 private:
  static constexpr std::size_t kKeptTiles = 16;

  TileShape tile_shape(std::int64_t width, bool accumulate) const;
  std::shared_ptr<const ConvolutionTile> tile(std::int64_t width, bool accumulate) const;
  void run_tile(const ConvolutionTile& tile,
                const TensorView& in,
                const TensorView& out,
                std::int64_t index) const;

  DenseShape shape_;
  std::int64_t units_;
  bool half_;
  ConvolutionWeights weights_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const ConvolutionTile>> tiles_;  // newest last
};

}  // namespace heddle::attention::cpu
