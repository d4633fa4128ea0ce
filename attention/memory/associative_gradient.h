#pragma once
// The gradient of an associative state, carried backwards through its reads and writes: the delta
// rule differentiated token by token. With A, z the state before a token and the names of
// associative_state.h (k = z.f, s = A f, w = s / k, u = beta (value - w), g = 1 - k / |f|^2, the
// state after it A + u f^T, z + g f), and d what a gradient is taken of the loss to:
//   du = dA f       dvalue = beta du    ds = -beta du / k     dg = dz.f
//   dk = -dg / |f|^2 + beta du.s / k^2
//   df = dA^T u + g dz + A^T ds + dk z + 2 dg k / |f|^4 f     dA += ds f^T     dz += dk f
// Everything in double: the state before each token is found by taking its update back from the
// state behind it, in which the rounding of double is all that is lost; k and A f, which are
// divided by k, are kept from the way forward, because what is left of a k that was 0 is not 0.
// Deterministic: one chain a head, in the order of tokens. Threads: one caller at a time.
// Errors: none; MemoryTape checks shapes.

#include "attention/memory/associative_state.h"

#include <array>
#include <vector>

namespace heddle::attention {

class AssociativeGradient {
 public:
  /// Of the state behind everything: zero.
  explicit AssociativeGradient(const AssociativeSpec& spec);

  struct Read {
    std::array<TensorView, 2> state;  // as AssociativeState::tensors() were
    TensorView queries;               // (query heads, n, key_dim)
    TensorView out_gradient;          // (query heads, n, value_dim)
    TensorView query_gradient;        // written; empty: not wanted
  };
  void back_through_read(const Read& read);

  struct Write {
    std::array<TensorView, 2> state;  // before the write
    TensorView keys;                  // (heads, n, key_dim)
    TensorView values;                // (heads, n, value_dim)
    float beta = 1;
    TensorView key_gradient;    // added to
    TensorView value_gradient;  // added to
  };
  /// From the gradient of the state behind the write to that of the state before it.
  void back_through_write(const Write& write);

 private:
  struct Features;
  struct Head;  // one head's state, in double
  struct Token;
  Head head_of(const std::array<TensorView, 2>& state, int head) const;
  double* matrix(int head);
  double* sum(int head);
  void back_through_token(const Write& write, Head& state, const Token& token, Features& features);

  AssociativeSpec spec_;
  std::int64_t features_;
  std::vector<double> matrix_;  // (heads, features, value_dim)
  std::vector<double> sum_;     // (heads, features)
};

}  // namespace heddle::attention
