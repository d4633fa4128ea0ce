#pragma once
// Rows of f32 as bf16, compiled for every instruction set Highway knows and chosen at run time.
// Threads: a plain function without state.

#include <cstdint>

namespace heddle::attention::cpu {

/// To the nearest bf16, ties to even; a NaN stays one.
void round_to_bf16(const float* in, std::uint16_t* out, std::int64_t n);

}  // namespace heddle::attention::cpu
