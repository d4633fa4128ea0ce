#pragma once
// Scratch of one thread for the attention kernels: grows to the largest call and then allocates
// nothing.

#include "attention/backend/cpu/attention_tiles.h"

#include <cstdint>
#include <new>
#include <vector>

namespace heddle::attention::cpu {

/// By operator new, so that whoever counts allocations counts these too.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  LineAllocator() = default;
  template <class U>
  LineAllocator(const LineAllocator<U>& /*other*/) {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kLine));
  }
  void deallocate(T* memory, std::size_t /*count*/) { ::operator delete(memory, kLine); }
  bool operator==(const LineAllocator& /*other*/) const { return true; }
};

/// Cache-line aligned memory that only grows.
template <class T>
class Scratch {
 public:
  T* at_least(std::int64_t count) {
    if (static_cast<std::int64_t>(memory_.size()) < count) {
      memory_.resize(static_cast<std::size_t>(count));
    }
    return memory_.data();
  }

 private:
  std::vector<T, LineAllocator<T>> memory_;
};

struct Workspace {
  Scratch<float> queries;  // (query sets, panels, key_dim, lanes)
  Scratch<float> keys;     // (key_block, key_dim), where they cannot be read as they lie
  Scratch<float> values;   // (key_block, value_dim), likewise
  Scratch<float> rows;     // (lanes, dim) queries or outputs on their way from or to storage
  Scratch<float> scales;
  Scratch<float> scores;  // (key_block, lanes)
  Scratch<float> slopes;  // (key_block, lanes)
  Scratch<std::uint32_t> mask;
  Scratch<float> part;
  Scratch<float> state;
  std::vector<Piece> pieces;
  std::vector<Piece> next_pieces;  // of the row behind it
};

/// This thread's own. Must not be held across a wait in which the thread may run other tasks.
Workspace& workspace();

}  // namespace heddle::attention::cpu
