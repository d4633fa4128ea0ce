#include "attention/tensor/tensor.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <type_traits>

namespace heddle::attention {
namespace {

constexpr std::size_t kAlignment = 64;

std::int64_t checked_size(std::span<const std::int64_t> shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(n, extent, &n)) {
      throw std::invalid_argument("tensor: a shape must be non-negative and fit in 64 bits");
    }
  }
  return n;
}

template <class T>
double load(const void* p) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return to_float(*static_cast<const T*>(p));
  } else {
    return *static_cast<const T*>(p);
  }
}

double load_as_double(DType dtype, const void* p) {
  switch (dtype) {
    case DType::kF64:
      return load<double>(p);
    case DType::kF32:
      return load<float>(p);
    case DType::kBF16:
      return load<BFloat16>(p);
    case DType::kF16:
      return load<Half>(p);
    default:
      throw std::invalid_argument("copy: only floating dtypes convert");
  }
}

void store_double(DType dtype, void* p, double x) {
  switch (dtype) {
    case DType::kF64:
      *static_cast<double*>(p) = x;
      return;
    case DType::kF32:
      *static_cast<float*>(p) = static_cast<float>(x);
      return;
    case DType::kBF16:
      *static_cast<BFloat16*>(p) = bfloat16_from(static_cast<float>(x));
      return;
    case DType::kF16:
      *static_cast<Half*>(p) = half_from(static_cast<float>(x));
      return;
    default:
      throw std::invalid_argument("copy: only floating dtypes convert");
  }
}

void copy_axis(
    const TensorView& from, const TensorView& to, int axis, const char* source, char* target) {
  const auto from_step = static_cast<std::int64_t>(size_of(from.dtype));
  const auto to_step = static_cast<std::int64_t>(size_of(to.dtype));
  if (axis == from.rank) {
    if (from.dtype == to.dtype) {
      std::memcpy(target, source, static_cast<std::size_t>(from_step));
    } else {
      store_double(to.dtype, target, load_as_double(from.dtype, source));
    }
    return;
  }
  const std::int64_t n = from.shape[axis];
  const bool row = axis == from.rank - 1 && from.dtype == to.dtype && from.stride[axis] == 1 &&
                   to.stride[axis] == 1;
  if (row) {
    std::memcpy(target, source, static_cast<std::size_t>(n * from_step));
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    copy_axis(from,
              to,
              axis + 1,
              source + i * from.stride[axis] * from_step,
              target + i * to.stride[axis] * to_step);
  }
}

}  // namespace

std::int64_t TensorView::size() const {
  return checked_size(std::span(shape.data(), static_cast<std::size_t>(rank)));
}

bool TensorView::contiguous() const {
  std::int64_t expected = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    if (shape[axis] != 1 && stride[axis] != expected) return false;
    expected *= shape[axis];
  }
  return true;
}

TensorView TensorView::slice(int axis, std::int64_t begin, std::int64_t count) const {
  if (axis < 0 || axis >= rank || begin < 0 || count < 0 || begin + count > shape[axis]) {
    throw std::out_of_range("slice: rows [" + std::to_string(begin) + ", " +
                            std::to_string(begin + count) + ") of axis " + std::to_string(axis) +
                            " of " + describe(*this));
  }
  TensorView part = *this;
  part.data =
      static_cast<char*>(data) + begin * stride[axis] * static_cast<std::int64_t>(size_of(dtype));
  part.shape[axis] = count;
  return part;
}

TensorView TensorView::at(int axis, std::int64_t index) const {
  TensorView part = slice(axis, index, 1);
  for (int i = axis; i + 1 < rank; ++i) {
    part.shape[i] = part.shape[i + 1];
    part.stride[i] = part.stride[i + 1];
  }
  --part.rank;
  return part;
}

TensorView TensorView::permute(std::initializer_list<int> order) const {
  if (static_cast<int>(order.size()) != rank)
    throw std::invalid_argument("permute: one entry an axis");
  TensorView turned = *this;
  int to = 0;
  for (const int from : order) {
    if (from < 0 || from >= rank) throw std::invalid_argument("permute: no such axis");
    turned.shape[to] = shape[from];
    turned.stride[to++] = stride[from];
  }
  return turned;
}

TensorView TensorView::reshape(std::initializer_list<std::int64_t> to) const {
  const std::span<const std::int64_t> wanted(to.begin(), to.size());
  if (!contiguous() || checked_size(wanted) != size()) {
    throw std::invalid_argument("reshape: " + describe(*this) + " does not take the new shape");
  }
  return view_of(data, dtype, wanted);
}

void TensorView::require_dtype(DType wanted) const {
  if (dtype != wanted) {
    throw std::invalid_argument("expected a tensor of " + std::string(name_of(wanted)) + ", got " +
                                describe(*this));
  }
}

std::string describe(const TensorView& view) {
  std::string text(name_of(view.dtype));
  text += " (";
  for (int i = 0; i < view.rank; ++i) {
    if (i) text += ", ";
    text += std::to_string(view.shape[i]);
  }
  return text + ")";
}

TensorView view_of(void* data, DType dtype, std::span<const std::int64_t> shape) {
  if (shape.size() > kMaxRank) throw std::invalid_argument("tensor: more than 5 axes");
  checked_size(shape);
  TensorView view;
  view.data = data;
  view.dtype = dtype;
  view.rank = static_cast<int>(shape.size());
  std::int64_t step = 1;
  for (int axis = view.rank - 1; axis >= 0; --axis) {
    view.shape[axis] = shape[static_cast<std::size_t>(axis)];
    view.stride[axis] = step;
    step *= view.shape[axis];
  }
  return view;
}

void Tensor::Free::operator()(void* p) const { std::free(p); }

Tensor::Tensor(DType dtype, std::span<const std::int64_t> shape) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(
          checked_size(shape), static_cast<std::int64_t>(size_of(dtype)), &bytes)) {
    throw std::invalid_argument("tensor: the byte size does not fit in 64 bits");
  }
  const std::size_t rounded = (static_cast<std::size_t>(bytes) / kAlignment + 1) * kAlignment;
  storage_.reset(std::aligned_alloc(kAlignment, rounded));
  if (!storage_) throw std::bad_alloc();
  std::memset(storage_.get(), 0, rounded);
  view_ = view_of(storage_.get(), dtype, shape);
}

std::size_t Tensor::bytes() const {
  return empty() ? 0 : static_cast<std::size_t>(view_.size()) * size_of(view_.dtype);
}

void copy(const TensorView& from, const TensorView& to) {
  bool same = from.rank == to.rank;
  for (int i = 0; same && i < from.rank; ++i) same = from.shape[i] == to.shape[i];
  if (!same) throw std::invalid_argument("copy: " + describe(from) + " into " + describe(to));
  if (from.size() == 0) return;
  copy_axis(from, to, 0, static_cast<const char*>(from.data), static_cast<char*>(to.data));
}

}  // namespace heddle::attention
