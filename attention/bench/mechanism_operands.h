#pragma once
// The operands of one call of a mechanism, forward and backward, and how two calls differ.

#include "attention/bench/measurement.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <random>
#include <vector>

namespace heddle::attention::bench {

inline constexpr std::int64_t kMechanismHeads = 8;
inline constexpr std::int64_t kMechanismDim = 64;

inline Tensor normal_rows(std::int64_t heads,
                          std::int64_t rows,
                          std::int64_t dim,
                          std::uint64_t seed) {
  Tensor made(DType::kF32, {heads, rows, dim});
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < made.view().size(); ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

/// (heads, tokens, dim) each.
struct MechanismOperands {
  explicit MechanismOperands(std::int64_t of_tokens, std::int64_t heads = kMechanismHeads)
      : tokens(of_tokens) {
    std::uint64_t seed = 0;
    for (Tensor* made : {&q, &k, &v, &out_gradient}) {
      *made = normal_rows(heads, tokens, kMechanismDim, ++seed);
    }
    for (Tensor* made : {&out, &dq, &dk, &dv}) {
      *made = Tensor(DType::kF32, {heads, tokens, kMechanismDim});
    }
  }

  std::int64_t tokens;
  Tensor q, k, v, out_gradient;
  Tensor out, dq, dk, dv;
};

/// The largest difference of what two calls wrote.
inline double difference(const MechanismOperands& a, const MechanismOperands& b) {
  double worst = 0;
  for (Tensor MechanismOperands::*written : {&MechanismOperands::out,
                                             &MechanismOperands::dq,
                                             &MechanismOperands::dk,
                                             &MechanismOperands::dv}) {
    const TensorView& left = (a.*written).view();
    const TensorView& right = (b.*written).view();
    for (std::int64_t i = 0; i < left.size(); ++i) {
      worst =
          worse(worst, std::fabs(static_cast<double>(left.as<float>()[i]) - right.as<float>()[i]));
    }
  }
  return worst;
}

}  // namespace heddle::attention::bench
