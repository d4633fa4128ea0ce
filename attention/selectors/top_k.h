#pragma once
// The k best of a list of scores, exactly: ties go to the smaller index, NaN ranks below -inf.
// Threads: one caller at a time (it owns scratch). Allocates at construction only.
// Errors: std::invalid_argument for more scores than it was made for.

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

class TopK {
 public:
  explicit TopK(std::size_t most_scores);

  /// Indices of the min(k, scores) best, ascending; valid until the next call.
  std::span<const std::uint32_t> select(std::span<const float> scores, std::size_t k);

 private:
  void keep_by_insertion(std::span<const float> scores, std::size_t kept);
  void keep_by_threshold(std::span<const float> scores, std::size_t kept);

  std::vector<std::uint64_t> ranked_;
  std::vector<std::uint32_t> chosen_;
};

/// The definition, by a full sort: for tests.
std::vector<std::uint32_t> top_k_by_sorting(std::span<const float> scores, std::size_t k);

}  // namespace heddle::attention
