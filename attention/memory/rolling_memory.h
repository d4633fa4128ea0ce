#pragma once
// Keys and values of one stream, rolling for ever in constant space: sinks (the first blocks, never
// dropped), a ring of recent blocks, and a long-term tier of older blocks found again by their
// summaries.
//
// Rolls in whole blocks of `block` positions anchored at position 0, so that every slot block holds
// consecutive positions and a wrapped ring is only tiles in another order. Positions are absolute
// and 64-bit. Rotary positions: callers hand over keys and queries NOT rotated. Ring keys are
// stored rotated at their absolute positions and meet rotated queries; sink and long-term keys are
// stored unrotated and meet unrotated queries (position-free), so that nothing is lost however old
// a block grows.
//
// What query q reads, with B its block and K the key's (every position at most once):
//   near   rotated        if B - K < ring_blocks and near.attends(q, k): ring and live keys alike,
//                         the open block too
//   sinks  position-free  else if K < sink_blocks and K < B
//   long   position-free  else if B - ring_blocks - long_blocks < K <= B - ring_blocks and K is one
//                         of q's own top_k blocks by mean-key summary (MoBA, arXiv 2502.13189;
//                         InfLLM, arXiv 2402.04617), chosen by each query head
// A function of q, of absolute positions and of blocks closed before q's block: never of chunk
// sizes or threads, bit for bit, when queries and live keys follow what was appended and near is
// causal. Threads: one memory belongs to one stream; calls on one object must not overlap. Steady
// state allocates nothing. Errors: std::invalid_argument / std::runtime_error with both numbers.
// restore() of damaged or foreign bytes throws.

#include "attention/backend/backend.h"
#include "attention/patterns/pattern.h"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>

namespace heddle::attention {

enum class Admission : std::uint8_t {
  kLeavingRing,  // a block enters the long-term tier when the ring drops it
  kEveryNth,  // every nth block after the sinks is copied there when it is full, and stays in the
              // ring too (tracking's consolidated memory); for segments(), attend() refuses it
};

struct MemorySpec {
  int kv_heads = 1;
  int key_dim = 0;
  int value_dim = 0;
  DType storage = DType::kF32;  // f32, bf16 or f16
  std::int64_t block = 64;      // positions a block
  std::int64_t sink_blocks = 1;
  // >= window + one torn block, in blocks; with a long-term tier also >= chunk + one torn block
  std::int64_t ring_blocks = 4;
  std::int64_t long_blocks = 0;  // capacity of the long-term tier; the oldest block leaves first
  int top_k =
      0;  // long-term blocks a query reads; 0: all of them (small tiers) when long_blocks > 0
  Admission admission = Admission::kLeavingRing;
  std::int64_t every_nth = 1;
  double rotary_theta = 0;  // 0: no rotary positions
  /// The bytes this memory will hold, all tiers and summaries; constant over its life.
  std::size_t bytes() const;
};

class RollingMemory {
 public:
  explicit RollingMemory(const MemorySpec& spec);
  ~RollingMemory();
  RollingMemory(RollingMemory&&) noexcept;
  RollingMemory& operator=(RollingMemory&&) noexcept;

  const MemorySpec& spec() const;
  std::int64_t length() const;  // positions appended so far

  /// Appends positions [length(), length() + n). keys (kv_heads, n, key_dim) unrotated, values
  /// (kv_heads, n, value_dim).
  void append(const TensorView& keys, const TensorView& values);

  /// Attention of queries at positions [first, first + n) over `live` (keys of this chunk, not yet
  /// appended, positions from live_first) under pattern `near`, and over the past. Live keys may
  /// overlap what was appended (a halo, live_first < length()): past positions >= live_first are
  /// then read from `live` alone, except that closed sinks stay as appended.
  struct Attend {
    TensorView queries;  // (heads, n, key_dim) f32, unrotated
    std::int64_t first = 0;
    TensorView live_keys;    // (kv_heads, m, key_dim) f32, unrotated; may be empty
    TensorView live_values;  // (kv_heads, m, value_dim)
    std::int64_t live_first = 0;
    const Pattern* near = nullptr;  // over live keys and ring keys alike, on absolute positions
    bool read_past = true;          // false: memory off (ablation)
    float scale = 1;
    TensorView out;          // (heads, n, value_dim) f32
    TensorView log_sum_exp;  // (heads, n) f32 or empty
  };
  void attend(const Backend& backend, const Attend& args);

  /// The tiers as key segments in ascending position, for kernels that read every key (the tracking
  /// read-out). Filled blocks only; the ring's leave out the sinks. Valid until the next call that
  /// changes the memory.
  enum class Tier : std::uint8_t { kSinks, kRing, kLong };
  std::span<const KeySegment> segments(Tier tier) const;

  void reset();  // an empty memory for the next sequence; keeps its allocation
  void save(std::ostream& to) const;
  void restore(std::istream& from);  // throws unless the spec matches; bit-identical afterwards

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::attention
