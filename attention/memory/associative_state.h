#pragma once
// An associative memory of constant size: a matrix A and a normaliser z for each head, written by
// the delta rule and read by a product (Associative Recurrent Memory Transformer, arXiv 2407.04841;
// delta rule and feature map after arXiv 2102.11174). With f = phi(key), phi = DPFP-3: r =
// [relu(x), relu(-x)], phi_j[i] = r[i] r[(i + j) % 2 dim] for j = 1, 2, 3:
//   write  w = A f / (z.f), g = 1 - z.f / |f|^2, A += beta (value - w) f^T, z += g f
//   read   A phi(query) / (z . phi(query)); 0 where nothing similar was ever written
// so that writing a key again replaces its value. Tokens are written one after another, in the
// order of positions: the same bits for any cut of the stream.
// Position-free: keys come unrotated. Threads: one caller at a time. Allocates at construction
// only. Errors: std::invalid_argument.

#include "attention/tensor/tensor.h"

#include <array>
#include <vector>

namespace heddle::attention {

struct AssociativeSpec {
  int heads = 0;  // 0: no state
  int key_dim = 0;
  int value_dim = 0;
};

class AssociativeState {
 public:
  explicit AssociativeState(const AssociativeSpec& spec);
  static std::size_t bytes(const AssociativeSpec& spec);

  /// keys (heads, n, key_dim), values (heads, n, value_dim); beta in [0, 1]: how much of the old
  /// value a new one replaces.
  void write(const TensorView& keys, const TensorView& values, float beta = 1);
  /// queries (query heads, n, key_dim) to out (query heads, n, value_dim); query head h reads head
  /// h * heads / query heads.
  void read(const TensorView& queries, const TensorView& out);
  void reset();

  std::array<TensorView, 2> tensors() const { return {matrix_.view(), sum_.view()}; }

 private:
  /// phi(x) in features_; its squared length.
  double map(const float* x);
  /// features_ . z of a head
  double weight(int head) const;

  AssociativeSpec spec_;
  Tensor matrix_;                // (heads, features, value_dim)
  Tensor sum_;                   // (heads, features)
  std::vector<float> signed_;    // (2 key_dim)
  std::vector<float> features_;  // (6 key_dim)
  std::vector<float> stored_;    // (value_dim)
};

}  // namespace heddle::attention
