#pragma once
// Keys and values of one stream, rolling for ever in constant space: sinks (the first blocks, never
// dropped), a ring of recent blocks, then older ones compressed, then a long-term tier of still
// older blocks found again by their summaries; behind it, where asked for, an external tier in
// memory and in a mapped file, whose blocks are searched by the same summaries and come back when
// chosen.
//
// Rolls in whole blocks of `block` positions anchored at position 0, so that every slot block holds
// consecutive positions and a wrapped ring is only tiles in another order. Positions are absolute
// and 64-bit. Rotary positions: callers hand over keys and queries NOT rotated. Ring keys are
// stored rotated at their absolute positions and meet rotated queries; all others (sinks,
// compressed, long-term, external) are stored unrotated and meet unrotated queries
// (position-free), so that nothing is lost however old a block grows.
//
// What query q reads, with B its block, K the key's, R ring_blocks, C compressed.blocks and L
// long_blocks, or external.blocks where there is an external tier (every position at most once):
//   tokens      position-free  the memory tokens last written, if any
//   near        rotated        if B - K < R and near.attends(q, k): ring and live keys alike, the
//                              open block too
//   sinks       position-free  else if K < sink_blocks and K < B
//   compressed  position-free  else if B - R - C < K <= B - R: block / ratio keys for the block
//   long        position-free  else if B - R - C - L < K <= B - R - C and K is one of q's own top_k
//                              blocks by summary (mean: MoBA, arXiv 2502.13189; box: Quest, arXiv
//                              2406.10774; sketch: selectors/key_sketches.h; the tier after
//                              InfLLM, arXiv 2402.04617), chosen by each query head
// A function of q, of absolute positions and of blocks closed before q's block: never of chunk
// sizes or threads, bit for bit, when queries and live keys follow what was appended and near is
// causal. A block is rounded to the external tier's numbers once, when it closes, so that neither
// the eviction policy nor what the fast tier happens to hold ever changes a bit. Threads: one
// memory belongs to one stream; calls on one object must not overlap; the external tier has a
// thread of its own that pages in the blocks of the next queries while the back end computes.
// Steady state allocates nothing. Errors: std::invalid_argument / std::runtime_error with both
// numbers; a file that does not fit on its disk, and a block that was damaged there, are
// std::runtime_error. restore() of damaged or foreign bytes throws.

#include "attention/backend/backend.h"
#include "attention/patterns/pattern.h"
#include "attention/selectors/block_index.h"

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>

namespace heddle::attention {

enum class Admission : std::uint8_t {
  kLeavingRing,  // a block enters the long-term tier when the ring drops it
  kEveryNth,  // every nth block after the sinks is copied there when it is full, and stays in the
              // ring too (tracking's consolidated memory); for segments(), attend() refuses it
};

/// How `ratio` keys (and values) of a block become one when the ring drops the block (Compressive
/// Transformer, arXiv 1911.05507). Forward and backward in compression.h.
enum class CompressionKind : std::uint8_t {
  kMean,  // their mean
  kConv,  // a learned convolution of width and stride `ratio`, over all channels of a head
  kPool,  // attention pooling: softmax over them of a learned query times each key
};
struct CompressionSpec {
  std::int64_t blocks = 0;  // blocks behind the ring that are read compressed; 0: none
  int ratio = 4;            // divides the block
  CompressionKind kind = CompressionKind::kMean;
  // f32 weights, borrowed: they must outlive the memory. Empty for kMean.
  TensorView keys;    // conv: (kv_heads, key_dim, ratio, key_dim); pool: (kv_heads, key_dim)
  TensorView values;  // conv: (kv_heads, value_dim, ratio, value_dim)
};

/// Which block of the fast tier makes room for one that a query chose.
enum class Eviction : std::uint8_t {
  kFifo,  // the one that came first
  kLru,   // the one least recently chosen
  kMass,  // the one with the least attention, as the summaries estimate it (H2O, arXiv 2306.14048)
};
enum class ColdStorage : std::uint8_t { kInt8, kBF16 };
struct ExternalSpec {
  std::int64_t blocks = 0;  // searchable blocks behind the ring; 0: no external tier
  ColdStorage storage = ColdStorage::kInt8;  // int8: one scale for the keys, one for the values of
                                             // each head of a block
  std::int64_t heap_blocks = 0;              // slots in memory; the others lie in a mapped file
  std::string folder;  // of that file; empty: the system's folder for temporary files
  Eviction eviction = Eviction::kLru;
};

struct MemorySpec {
  int kv_heads = 1;
  int key_dim = 0;
  int value_dim = 0;
  DType storage = DType::kF32;  // f32, bf16 or f16
  std::int64_t block = 64;      // positions a block
  std::int64_t sink_blocks = 1;
  // >= window + one torn block, in blocks; with a tier behind it also >= chunk + one torn block
  std::int64_t ring_blocks = 4;
  // Capacity of the long-term tier; the oldest block leaves first. With an external tier: slots of
  // the fast tier, where chosen blocks are read.
  std::int64_t long_blocks = 0;
  int top_k =
      0;  // long-term blocks a query reads; 0: all of them (small tiers) when long_blocks > 0
  Admission admission = Admission::kLeavingRing;
  std::int64_t every_nth = 1;
  double rotary_theta = 0;  // 0: no rotary positions
  SummaryKind summary = SummaryKind::kMean;
  CompressionSpec compressed;
  ExternalSpec external;
  // Recurrent memory tokens (RMT, arXiv 2207.06881): rows that the model itself writes between
  // segments and every query reads, position-free. At most a tile: gcd(block, 64).
  int memory_tokens = 0;
  bool associative = false;  // an associative state beside the tiers: associative_state.h
  std::size_t budget = 0;    // bytes() may not exceed it; 0: no budget

  /// The bytes this memory will hold, all tiers and summaries; constant over its life. The mapped
  /// file is not in it: see mapped_bytes().
  std::size_t bytes() const;
  /// Bytes of the external tier's mapped file.
  std::size_t mapped_bytes() const;
};

class RollingMemory {
 public:
  explicit RollingMemory(const MemorySpec& spec);
  ~RollingMemory();
  RollingMemory(RollingMemory&&) noexcept;
  RollingMemory& operator=(RollingMemory&&) noexcept;

  const MemorySpec& spec() const;
  std::int64_t length() const;  // positions appended so far

  /// Appends positions [length(), length() + n). keys (kv_heads, n, key_dim) f32, unrotated; values
  /// (kv_heads, n, value_dim) f32.
  void append(const TensorView& keys, const TensorView& values);

  /// Replaces the memory tokens: keys (kv_heads, memory_tokens, key_dim) f32, unrotated, and
  /// values.
  void write_tokens(const TensorView& keys, const TensorView& values);
  /// What the associative state answers: queries (heads, n, key_dim) f32, unrotated, out (heads, n,
  /// value_dim). Of all positions appended so far: append() writes it, token by token.
  void read_associations(const TensorView& queries, const TensorView& out);
  /// The state itself (associative_state.h), borrowed; without elements where there is none.
  std::array<TensorView, 2> associations() const;
  /// Whether tokens were ever written since the last reset().
  bool has_tokens() const;

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
  /// Sees each call of the back end that an attend() makes (several over an external tier), after
  /// it. The call's views last no longer than seen().
  class Witness {
   public:
    virtual ~Witness() = default;
    virtual void seen(const AttentionArgs& call) = 0;
  };
  void attend(const Backend& backend, const Attend& args, Witness* witness = nullptr);

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
