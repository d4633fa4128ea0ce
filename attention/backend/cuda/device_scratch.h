#pragma once
// Memory of one operation on the device: the arena's where a run is under way, else its own, for
// which it waits at its end. Threads: the operation's.

#include "attention/backend/cuda/device_arena.h"

#include <optional>

namespace heddle::attention::cuda {

class Scratch {
 public:
  Scratch(const ModuleApi& api, std::size_t bytes) : api_(api) {
    if (bytes == 0) return;
    if (QueuedArena* arena = QueuedArena::current()) {
      data_ = arena->scratch(bytes);
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

}  // namespace heddle::attention::cuda
