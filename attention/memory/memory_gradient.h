#pragma once
// Gradients through rolling memory: truncated back-propagation through time (Compressive
// Transformer, arXiv 1911.05507; RMT, arXiv 2207.06881) over the last K segments of a stream.
//
//   MemoryTape tape(memory, 3);
//   for each segment: tape.attend(...);  [tape.read_associations(...);]  tape.append(...);
//                     [tape.write_tokens(...);]
//   MemoryBackward back(tape);           // at any time: walks the calls above in reverse
//   for each segment, the latest first:  [back.write_tokens(...);]  back.append(...);
//                     [back.read_associations(...);]  back.attend(...);
//
// A segment is the calls up to one append() and the write_tokens() behind it. What a later segment
// read of an earlier one comes out of the earlier one's append(): the gradients of the keys and
// values that were appended there, whichever tier they were read from. With K = 1 the past is a
// constant and this is Transformer-XL's stopped gradient (arXiv 1901.02860); K = 2 lets a segment
// teach the one before it, and so on.
//
// Differentiated: queries, live keys and values; keys and values appended, as read through the
// ring (rotations turned back), the sinks, the long-term tiers and the compressed tier (through
// compress_backward, and the compression's weights); memory tokens; the associative state, its
// reads and writes. The gate of the state is association_gate.h's.
// Constants: what was appended, written or compressed before the last K segments, the associative
// state as it was then; which blocks a query chose (so summaries have no gradient); rounding to
// bf16, f16 or int8, whose gradient counts as 1. A compressed block has a gradient when its last
// position was appended on the tape; its rows older than the tape are constants in it.
//
// Ownership: the tape borrows the memory, which must outlive it and be used through it alone, and
// keeps copies of all it needs: per segment its queries, its outputs, the keys and values its plan
// read, the appended rows where the memory compresses or associates, and the associative state.
// MemoryBackward borrows the tape, which must not change while it walks. All views f32, last axis
// contiguous; gradients are WRITTEN, empty views are not wanted. Threads: those of the back end;
// the same bits for any number of them. Errors: std::invalid_argument; a call out of order names
// the one that was expected.

#include "attention/memory/rolling_memory.h"

#include <memory>

namespace heddle::attention {

class MemoryTape {
 public:
  MemoryTape(RollingMemory& memory, int segments);
  ~MemoryTape();
  MemoryTape(MemoryTape&&) noexcept;
  MemoryTape& operator=(MemoryTape&&) noexcept;

  // RollingMemory's calls of the same names, remembered.
  void attend(const Backend& backend, const RollingMemory::Attend& args);
  void read_associations(const TensorView& queries, const TensorView& out);
  void append(const TensorView& keys, const TensorView& values);
  void write_tokens(const TensorView& keys, const TensorView& values);

  /// Forgets what it remembers: all that was becomes constant. The memory stays as it is.
  void cut();
  /// Resets the memory for the next sequence, and forgets.
  void reset();

  const RollingMemory& memory() const;
  int segments() const;  // appends that are on the tape

 private:
  friend class MemoryBackward;
  struct State;
  std::unique_ptr<State> state_;
};

class MemoryBackward {
 public:
  struct CompressionWeights {  // shapes as CompressionSpec's; ADDED to; empty for kMean
    TensorView keys;
    TensorView values;
  };
  explicit MemoryBackward(const MemoryTape& tape);
  MemoryBackward(const MemoryTape& tape, const CompressionWeights& weights);
  ~MemoryBackward();
  MemoryBackward(MemoryBackward&&) noexcept;
  MemoryBackward& operator=(MemoryBackward&&) noexcept;

  struct Attend {
    TensorView out_gradient;  // given: (heads, n, value_dim)
    TensorView queries;       // (heads, n, key_dim), of the unrotated queries
    TensorView live_keys;     // (kv_heads, m, key_dim), of the unrotated live keys
    TensorView live_values;   // (kv_heads, m, value_dim)
  };
  void attend(const Backend& backend, const Attend& args);
  /// Given the gradient of what was read, writes that of the queries (empty: not wanted).
  void read_associations(const TensorView& out_gradient, const TensorView& queries);
  /// keys (kv_heads, n, key_dim), unrotated, and values: what all later segments on the tape, and
  /// later calls of this one, had of them.
  void append(const TensorView& keys, const TensorView& values);
  void write_tokens(const TensorView& keys, const TensorView& values);

  bool done() const;  // every call on the tape was walked back

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::attention
