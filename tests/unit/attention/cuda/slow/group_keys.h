#pragma once
// The keys that a group of 64 queries attends, in chunks of at most 64, each with its mask. The
// first half of making a tile schedule. Not thread-safe: a reader keeps scratch.

#include "attention/backend/cuda/tile_schedule.h"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <vector>

namespace heddle::attention::cuda::slow {

/// Consecutive keys within one absolute block of 64 positions.
struct KeyChunk {
  std::int64_t block = 0;  // position / 64
  std::int64_t segment = 0;
  std::int64_t first_key = 0;  // position of the chunk's first key
  std::int64_t slot = 0;       // and its slot
  auto operator<=>(const KeyChunk&) const = default;
};

struct GroupKeys {
  KeyChunk chunk;
  HalfMask mask;
  bool whole = false;  // every query of the group attends 64 keys
};

/// The keys of a half that query `i` of the group attends, bit j for key j; `bits` the reader's.
std::uint64_t attended_bits(const HalfMask& mask,
                            std::int64_t i,
                            const std::vector<std::uint64_t>& bits);

class GroupReader {
 public:
  /// Bit masks are appended to `bits`, equal ones once. Both outlive the reader.
  GroupReader(const BlockPlan& plan, std::vector<std::uint64_t>& bits) : plan_(plan), bits_(bits) {}

  /// Ascending keys of plan head `head` and queries at positions [first, first + 64).
  std::vector<GroupKeys> keys(int head, std::int64_t first);

 private:
  struct Rows {  // the group's queries that share a row of the plan
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };

  void read_row(std::int64_t row, const Rows& rows, std::int64_t first);
  void read_chunk(const TileRun& run, std::int64_t key, const Rows& rows, std::int64_t first);
  std::vector<GroupKeys> joined(std::int64_t first);
  std::int32_t keep(const std::array<std::uint64_t, kGroupQueries>& words);

  const BlockPlan& plan_;
  std::vector<std::uint64_t>& bits_;
  std::map<std::array<std::uint64_t, kGroupQueries>, std::int32_t> known_;
  std::vector<GroupKeys> found_;
  std::vector<Rows> found_rows_;
};

}  // namespace heddle::attention::cuda::slow
