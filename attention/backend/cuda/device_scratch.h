#pragma once
// Memory of one operation on the device: the arena's where a run is under way, else its own, for
// which it waits at its end. Threads: the operation's.

#include "attention/backend/cuda/device_arena.h"
#include "attention/backend/device.h"

#include <cstdint>
#include <optional>

namespace heddle::attention::cuda {

class Scratch {
 public:
  /// `which`: 1 for what an operation holds while its parts ask for scratch of their own.
  Scratch(const ModuleApi& api, std::size_t bytes, int which = 0) : api_(api) {
    if (bytes == 0) return;
    if (QueuedArena* arena = QueuedArena::current()) {
      data_ = arena->scratch(bytes, which);
    } else {
      own_.emplace(api, bytes);
      data_ = own_->data();
    }
  }
  ~Scratch() {
    if (own_) api_.synchronize();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void* data() const { return data_; }
  float* floats() const { return static_cast<float*>(data_); }

 private:
  const ModuleApi& api_;
  std::optional<DeviceMemory> own_;
  void* data_ = nullptr;
};

/// Parts of an operation's scratch, one after another.
class ScratchParts {
 public:
  std::size_t add(std::int64_t bytes) {
    const std::size_t at = bytes_;
    bytes_ += device_aligned(static_cast<std::size_t>(bytes));
    return at;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

inline void* part(const Scratch& scratch, std::size_t at) {
  return static_cast<std::uint8_t*>(scratch.data()) + at;
}

}  // namespace heddle::attention::cuda
