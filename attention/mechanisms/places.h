#pragma once
// Tokens moved to places, and back: what hashing and routing do before and after a banded plan.
// Shapes: (heads, tokens or places, dim) f32. Threads: plain functions. Errors: none.

#include "attention/tensor/tensor.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

/// Place p of head h holds token order[h * count + p]; a token may have several places, or none.
struct Places {
  std::int64_t count = 0;  // a head
  std::vector<std::int64_t> order;

  std::int64_t token(std::int64_t head, std::int64_t place) const {
    return order[static_cast<std::size_t>(head * count + place)];
  }
};

/// (heads, places, dim): the row of each place's token.
Tensor gathered(const Places& places, const TensorView& from);

/// to[token] = the sum of `from` over the token's places, in their order; 0 where it has none.
void scatter(const Places& places, const Tensor& from, const TensorView& to);

}  // namespace heddle::attention
