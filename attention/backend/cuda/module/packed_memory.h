#pragma once
// Many arrays in one allocation of device memory, filled by one copy: arrays are added, room is
// added behind them, then all is sent. What an array is known by is its place.

#include "attention/backend/cuda/module/errors.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstring>
#include <vector>

namespace heddle::attention::cuda {

class PackedMemory {
 public:
  PackedMemory() = default;
  ~PackedMemory() { cudaFree(data_); }
  PackedMemory(const PackedMemory&) = delete;
  PackedMemory& operator=(const PackedMemory&) = delete;

  template <class T>
  std::size_t add(const std::vector<T>& from) {
    const std::size_t place = add_room(from.size() * sizeof(T));
    staged_.resize(bytes_);
    if (!from.empty()) std::memcpy(staged_.data() + place, from.data(), from.size() * sizeof(T));
    return place;
  }

  /// Not filled; behind all arrays.
  std::size_t add_room(std::size_t bytes) {
    const std::size_t place = bytes_;
    bytes_ += (bytes + kAlign - 1) / kAlign * kAlign;
    return place;
  }

  void send(const char* what) {
    if (bytes_ > 0) check(cudaMalloc(&data_, bytes_), what);
    if (!staged_.empty()) {
      check(cudaMemcpy(data_, staged_.data(), staged_.size(), cudaMemcpyHostToDevice), what);
    }
    staged_ = {};
  }

  template <class T>
  T* at(std::size_t place) const {
    return reinterpret_cast<T*>(static_cast<unsigned char*>(data_) + place);
  }

 private:
  static constexpr std::size_t kAlign = 256;
  std::vector<unsigned char> staged_;
  std::size_t bytes_ = 0;
  void* data_ = nullptr;
};

}  // namespace heddle::attention::cuda
