#pragma once
// TensorView borrows memory, is strided, typed at run time and trivially copyable. Tensor owns, is
// contiguous and move-only. Two types, never one: a function that takes a view never frees, a
// function that returns a Tensor gives it away. Threads: views are plain values; concurrent writes
// through overlapping views are the caller's error.

#include "attention/tensor/dtype.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

namespace heddle::attention {

inline constexpr int kMaxRank = 5;

struct TensorView {
  void* data = nullptr;
  DType dtype = DType::kF32;
  int rank = 0;
  std::array<std::int64_t, kMaxRank> shape{};
  std::array<std::int64_t, kMaxRank> stride{};  // in elements

  std::int64_t size() const;  // product of the shape; 1 for rank 0
  bool contiguous() const;    // row-major without gaps
  bool empty() const { return data == nullptr; }

  /// The elements as T. Throws std::invalid_argument when T is not the dtype.
  template <class T>
  T* as() const {
    require_dtype(dtype_of<T>());
    return static_cast<T*>(data);
  }

  /// Rows [begin, begin + count) of axis `axis`. Throws std::out_of_range.
  TensorView slice(int axis, std::int64_t begin, std::int64_t count) const;
  /// The view without axis `axis`, at `index`.
  TensorView at(int axis, std::int64_t index) const;
  /// The same elements with axes in another order, e.g. permute({1, 0, 2}).
  TensorView permute(std::initializer_list<int> order) const;
  /// The same elements under another shape. Throws std::invalid_argument unless contiguous and of
  /// equal size.
  TensorView reshape(std::initializer_list<std::int64_t> to) const;

  void require_dtype(DType wanted) const;
};

/// "f32 (8, 1024, 32)": for error messages.
std::string describe(const TensorView& view);

/// A contiguous row-major view over memory that somebody else owns.
TensorView view_of(void* data, DType dtype, std::span<const std::int64_t> shape);
template <class T>
TensorView view_of(T* data, std::initializer_list<std::int64_t> shape) {
  return view_of(data, dtype_of<T>(), std::span(shape.begin(), shape.size()));
}

/// Owns zero-initialised, 64-byte aligned, contiguous elements.
class Tensor {
 public:
  Tensor() = default;
  Tensor(DType dtype, std::span<const std::int64_t> shape);
  Tensor(DType dtype, std::initializer_list<std::int64_t> shape)
      : Tensor(dtype, std::span(shape.begin(), shape.size())) {}

  const TensorView& view() const { return view_; }
  std::size_t bytes() const;
  bool empty() const { return storage_ == nullptr; }

 private:
  struct Free {
    void operator()(void* p) const;
  };
  std::unique_ptr<void, Free> storage_;
  TensorView view_;
};

/// Element-wise copy between views of equal shape, converting between floating dtypes (f64, f32,
/// bf16, f16).
void copy(const TensorView& from, const TensorView& to);

}  // namespace heddle::attention
