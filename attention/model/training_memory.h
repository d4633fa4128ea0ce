#pragma once
// The rolling memories of one stream that a function learns from, one a memory_attention step, each
// with a tape of its last segments (memory_gradient.h: truncated back-propagation through time).
//
//   TrainingMemory memory = function.make_memory(3);
//   for each group of up to 3 segments of a stream, a workspace each:
//     for each segment:                   function.forward(parameters, work, memory, position);
//     for each segment, the latest first: function.backward(parameters, work, gradients, memory);
//     memory.cut();                       // what is in the memory stays, and is constant from here
//   memory.reset();                       // before the next stream
//
// Where a memory compresses by weights, they are copies of its own: a layer's forward() writes the
// call's parameters there (compression()), so that they may change from step to step.
//
// Threads: one stream, one thread at a time. Ownership: owns memories and tapes; independent of the
// function once made. Errors: std::invalid_argument where calls come out of order.

#include "attention/memory/memory_gradient.h"

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <vector>

namespace heddle::attention {

class TrainingMemory {
 public:
  TrainingMemory(const std::vector<MemorySpec>& specs, int segments);

  std::size_t size() const { return layers_.size(); }
  /// Positions that were written since the last reset().
  std::int64_t length() const;
  /// Of the memories, all layers, without the tapes.
  std::size_t bytes() const;
  void cut();
  void reset();
  /// What is remembered, bit for bit, and not the tapes: all of it is constant for who restores it.
  /// restore() throws std::runtime_error on damaged or another spec's bytes; it is then empty.
  void save(std::ostream& to) const;
  void restore(std::istream& from);

  /// For forward(): the tape of a layer; ends what backward() began.
  MemoryTape& tape(std::size_t layer);
  /// For backward(): the walk back over a layer's tape, begun where there is none; then the
  /// gradients of the compression's keys and values are added to these. Empty: not wanted.
  MemoryBackward& walk(std::size_t layer, const std::array<TensorView, 2>& compression = {});

 private:
  struct Layer {
    std::array<Tensor, 2> weights;   // of the compression: keys, values; empty where it has none
    std::array<Tensor, 2> unwanted;  // their gradients, where nobody asks for them
    std::unique_ptr<RollingMemory> memory;  // the tape borrows it
    std::unique_ptr<MemoryTape> tape;
    std::unique_ptr<MemoryBackward> walk;  // borrows the tape
  };
  std::vector<Layer> layers_;
};

}  // namespace heddle::attention
