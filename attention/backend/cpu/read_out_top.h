#pragma once
// The `top` most similar keys of each lane of a panel, found exactly while the keys pass by in
// ascending order; among equals the earlier key wins. Threads: one object a thread.

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention::cpu {

struct Candidate {
  float similarity = 0;
  std::int64_t key = 0;
};

class TopCandidates {
 public:
  /// Forgets everything; keeps its memory.
  void start(int lanes, int top);

  /// Similarities a later key must exceed to count, a lane: -inf until `top` keys were seen.
  const float* thresholds() const { return thresholds_.data(); }

  /// Keys first, first + 1, ... with similarities (hits.size(), lanes) and the lanes each beat.
  void add(std::int64_t first, const float* similarities, std::span<const std::uint32_t> hits);

  /// The lane's winners by ascending key; the caller may overwrite them.
  std::span<Candidate> winners(int lane);

 private:
  void keep_top(int lane);

  int lanes_ = 0;
  std::size_t top_ = 0;
  std::vector<std::vector<Candidate>> candidates_;  // a lane
  std::vector<float> thresholds_;                   // a lane
};

}  // namespace heddle::attention::cpu
