#include "attention/memory/block_store.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

char* row_of(const TensorView& view, int head, std::int64_t slot) {
  const std::int64_t index = head * view.stride[0] + slot * view.stride[1];
  return static_cast<char*>(view.data) + index * static_cast<std::int64_t>(size_of(view.dtype));
}

void copy_rows_of(const TensorView& from, const TensorView& to) {
  const auto bytes = static_cast<std::size_t>(from.shape[1] * from.shape[2]) * size_of(from.dtype);
  for (int head = 0; head < from.shape[0]; ++head) {
    std::memcpy(row_of(to, head, 0), row_of(from, head, 0), bytes);
  }
}

}  // namespace

void store_floats(const float* from, std::int64_t n, DType dtype, void* to) {
  switch (dtype) {
    case DType::kF32:
      std::copy_n(from, n, static_cast<float*>(to));
      return;
    case DType::kBF16:
      std::transform(from, from + n, static_cast<BFloat16*>(to), bfloat16_from);
      return;
    case DType::kF16:
      std::transform(from, from + n, static_cast<Half*>(to), half_from);
      return;
    default:
      throw std::invalid_argument("memory: storage must be f32, bf16 or f16, not " +
                                  std::string(name_of(dtype)));
  }
}

BlockStore::BlockStore(const MemorySpec& spec, std::int64_t blocks)
    : keys_(spec.storage, {spec.kv_heads, blocks * spec.block, spec.key_dim}),
      values_(spec.storage, {spec.kv_heads, blocks * spec.block, spec.value_dim}) {}

std::size_t BlockStore::bytes(const MemorySpec& spec, std::int64_t blocks) {
  const std::int64_t row = spec.kv_heads * (std::int64_t{spec.key_dim} + spec.value_dim);
  return static_cast<std::size_t>(row * blocks * spec.block) * size_of(spec.storage);
}

void BlockStore::put(int head, std::int64_t slot, const float* key, const float* value) {
  store_floats(key, keys().shape[2], keys().dtype, row_of(keys(), head, slot));
  store_floats(value, values().shape[2], values().dtype, row_of(values(), head, slot));
}

void BlockStore::copy_rows(std::int64_t slot,
                           std::int64_t count,
                           BlockStore& to,
                           std::int64_t to_slot) const {
  copy_rows_of(keys().slice(1, slot, count), to.keys().slice(1, to_slot, count));
  copy_rows_of(values().slice(1, slot, count), to.values().slice(1, to_slot, count));
}

KeySegment BlockStore::segment(std::int64_t first, std::int64_t count, int query_set) const {
  return {keys().slice(1, first, count), values().slice(1, first, count), query_set};
}

}  // namespace heddle::attention
