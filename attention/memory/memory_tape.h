#pragma once
// What a MemoryTape remembers of each call; MemoryBackward reads it from the end. Not thread-safe.
// Errors: as memory_gradient.h.

#include "attention/memory/attend_record.h"
#include "attention/memory/memory_gradient.h"

#include <array>
#include <deque>
#include <string>
#include <variant>
#include <vector>

namespace heddle::attention {

/// f32 copies of rows of keys and values, from `first` on.
struct PairRows {
  std::int64_t first = 0;
  Tensor keys;    // (kv_heads, n, key_dim)
  Tensor values;  // (kv_heads, n, value_dim)

  PositionRange positions() const { return {first, first + keys.view().shape[1]}; }
};

namespace taped {

struct Attend {
  std::vector<AttendRecord> parts;
  std::array<std::int64_t, 3> queries{};  // (heads, n, key_dim)
  std::int64_t first = 0;
  PositionRange live;         // as given, without the ring's part of a torn tile
  std::int64_t appended = 0;  // positions then
  std::int64_t tokens = -1;   // number of the tokens that were in force; -1: of before the tape
  Tensor out;                 // (heads, n, value_dim)
  Tensor log_sum_exp;         // (heads, n)
};
struct Read {
  std::array<Tensor, 2> state;
  Tensor queries;
};
struct Append {
  PositionRange positions;
  PairRows rows;                // where the memory compresses or associates
  std::array<Tensor, 2> state;  // before it
};
struct Tokens {
  std::int64_t number = 0;
};

using Call = std::variant<Attend, Read, Append, Tokens>;

}  // namespace taped

struct MemoryTape::State {
  State(RollingMemory& on, int segments);

  bool keeps_rows() const;
  /// Drops the oldest segment.
  void forget_oldest();
  void remember_lead(taped::Append& dropped);
  /// Rows [positions) of what was appended; false where some were never on the tape.
  bool gather(PositionRange positions, const PairRows& to) const;
  PositionRange positions() const;  // appended on the tape

  RollingMemory* memory;
  int most_segments;
  int segments = 0;
  std::deque<taped::Call> calls;
  std::deque<PairRows> lead;  // appended just before the tape: the begun block's first rows
  std::int64_t tokens_written = 0;
};

}  // namespace heddle::attention
