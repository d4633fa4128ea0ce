#pragma once
// A stream of random queries, keys and values, run through a RollingMemory in chunks, and the same
// by definition: an oracle that forgets nothing.

#include "attention/memory/rolling_memory.h"
#include "attention/patterns/pattern_node.h"

#include <string>
#include <vector>

namespace heddle::attention {

struct MemoryCase {
  std::string name;
  MemorySpec spec;
  int heads = 1;
  std::string near = "window(40,causal)";
  std::int64_t length = 300;
};

std::string describe(const MemoryCase& memory_case);

class Stream {
 public:
  Stream(const MemoryCase& memory_case, std::uint32_t seed);

  TensorView queries(std::int64_t first, std::int64_t count) const;
  TensorView keys(std::int64_t first, std::int64_t count) const;
  TensorView values(std::int64_t first, std::int64_t count) const;
  std::int64_t length() const { return queries_.view().shape[1]; }

 private:
  Tensor queries_;  // (heads, length, key_dim)
  Tensor keys_;     // (kv_heads, length, key_dim)
  Tensor values_;   // (kv_heads, length, value_dim)
};

/// Output (heads, length, value_dim) and its log-sum-exp (heads, length).
struct Answer {
  Answer(const MemoryCase& memory_case, std::int64_t length);
  Tensor out;
  Tensor log_sum_exp;
};

struct Feed {
  const Backend* backend = nullptr;
  const Pattern* near = nullptr;
  bool read_past = true;
};

/// attend() then append() positions [first, first + count).
void feed(RollingMemory& memory,
          const Stream& stream,
          const Feed& how,
          PositionRange positions,
          const Answer& answer);

/// The whole stream in chunks.
Answer run_in_chunks(const MemoryCase& memory_case,
                     const Stream& stream,
                     const Feed& how,
                     std::int64_t chunk);

/// By the law at the top of memory_planner.h, in double, from all the keys there ever were.
Answer run_by_definition(const MemoryCase& memory_case, const Stream& stream);

bool same_bits(const TensorView& a, const TensorView& b);
double largest_difference(const TensorView& a, const TensorView& b);

}  // namespace heddle::attention
