#pragma once
// Element types of tensors. Arithmetic is fp32 (fp64 in the reference back end); bf16 and f16 are
// storage.
// Threads: plain functions. Errors: std::invalid_argument for a value that is no dtype.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heddle::attention {

enum class DType : std::uint8_t { kF64, kF32, kBF16, kF16, kI64, kI32, kU8 };

/// IEEE 754 binary16 and bfloat16 as storage: bits only, converted by to_float / from_float.
struct Half {
  std::uint16_t bits = 0;
};
struct BFloat16 {
  std::uint16_t bits = 0;
};

float to_float(Half x);
float to_float(BFloat16 x);
/// Round to nearest even; overflow becomes infinity, NaN stays NaN.
Half half_from(float x);
BFloat16 bfloat16_from(float x);

std::size_t size_of(DType dtype);
std::string_view name_of(DType dtype);

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<double>() {
  return DType::kF64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<BFloat16>() {
  return DType::kBF16;
}
template <>
constexpr DType dtype_of<Half>() {
  return DType::kF16;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::kU8;
}

}  // namespace heddle::attention
