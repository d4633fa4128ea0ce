#pragma once
// Rotary embedding (arXiv 2104.09864) of one row at an absolute position, the same for a key that
// is live and for the same key in the ring. Angles are reduced in double: the angle of a position
// is that of its block plus that of its offset, joined by the addition theorem, so that a row costs
// no sine. Pairs are (i, i + dim/2), frequency theta^(-2i/dim). theta 0 copies. Threads: one caller
// at a time. Allocates at construction only.
// Shapes: a row of dim floats. Units: positions, radians. Errors: none.

#include <cstdint>
#include <vector>

namespace heddle::attention {

class RotaryTable {
 public:
  RotaryTable(double theta, int dim, std::int64_t block);

  void rotate(std::int64_t position, const float* in, float* out);
  /// The rotation's transpose, which is its inverse: what the gradient of a rotated row becomes.
  void rotate_back(std::int64_t position, const float* in, float* out);

 private:
  struct Turn {
    double cosine = 1;
    double sine = 0;
  };
  void enter_block(std::int64_t index);
  template <bool kBack>
  void turn(std::int64_t position, const float* in, float* out);

  double theta_;
  std::int64_t dim_;
  std::int64_t block_;
  std::vector<double> frequency_;  // (dim / 2)
  std::vector<Turn> offset_;       // (block, dim / 2)
  std::vector<Turn> base_;         // (dim / 2), of block base_index_
  std::int64_t base_index_ = -1;
};

}  // namespace heddle::attention
