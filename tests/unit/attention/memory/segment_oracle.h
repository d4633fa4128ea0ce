#pragma once
// A stream in segments whose inputs are all leaves in double, and a loss of what they attend, by
// the law at the top of rolling_memory.h: what gradients through memory are judged by. Choices of
// long-term blocks and what rounding took away are fixed when the oracle is made.

#include "tests/unit/attention/memory/memory_case.h"

#include <array>
#include <string>
#include <vector>

namespace heddle::attention {

/// One input, (heads, rows, dim).
struct Leaf {
  std::string name;
  std::array<std::int64_t, 3> shape{};
  std::vector<double> values;

  std::int64_t rows() const { return shape[1]; }
  const double* row(std::int64_t head, std::int64_t at) const {
    return values.data() + (head * shape[1] + at) * shape[2];
  }
  Tensor tensor() const;  // f32
};

struct SegmentCase {
  MemoryCase memory_case;
  std::vector<std::int64_t> cores;  // positions that each segment appends
  std::int64_t halo = 0;            // live positions on either side of a core, where there are any
  int kept = 2;                     // segments on the tape
};

struct OneSegment {
  std::int64_t first = 0;  // of the core
  std::int64_t live_first = 0;
  Leaf queries;                   // (heads, live, key_dim)
  Leaf live_keys, live_values;    // (kv_heads, live, dim)
  Leaf keys, values;              // (kv_heads, core, dim)
  Leaf token_keys, token_values;  // (kv_heads, memory_tokens, dim)
  Leaf out_weights;               // (heads, live, value_dim): the loss is their product with out

  std::vector<Leaf*> inputs();
};

class SegmentOracle {
 public:
  SegmentOracle(const SegmentCase& segment_case, std::uint32_t seed);

  std::vector<OneSegment> segments;
  Leaf gates;  // (heads, 1, 1)
  Leaf compression_keys, compression_values;

  /// What segment `number` gives: (heads, live, value_dim).
  std::vector<double> out(std::size_t number) const;
  /// Over the segments that are on the tape.
  double loss() const;
  std::size_t first_kept() const;

 private:
  class Query;
  using State = std::array<std::vector<double>, 2>;  // (kv_heads, features, value_dim), and sums
  const double* appended(bool key, int head, std::int64_t position) const;
  void choose();
  std::vector<double> compressed(bool key, int head, std::int64_t block, std::int64_t row) const;
  std::vector<double> shares(int head, std::int64_t first) const;
  State state_before(std::size_t number) const;

  const SegmentCase segment_case_;
  const MemorySpec& spec_ = segment_case_.memory_case.spec;
  Pattern near_;
  std::vector<std::vector<std::int64_t>> choices_;  // by (segment, head, live row)
  std::vector<std::size_t> choice_begin_;           // by segment
  std::array<std::vector<double>, 2> rounding_;     // (kv_heads, positions, dim) of keys, values
};

}  // namespace heddle::attention
