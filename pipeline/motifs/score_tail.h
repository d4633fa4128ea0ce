#pragma once
// The exact distribution of a motif's scores on random sequence, in its best tail.
//
// Columns are independent, so the distribution of their sum is the convolution of their own
// (Touzet and Varre, Algorithms for Molecular Biology 2:15, 2007). Scores are whole numbers of
// steps below the best one (losses), so that the sum has few values and the tail is all that is
// ever computed. Values; const after the making.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace heddle::pipeline {

using Losses = std::array<std::int32_t, 4>;  // of A C G T in one column, in steps, >= 0

/// P(loss <= x) for x up to a cut-off. Memory: one entry for each loss that can occur.
class ScoreTail {
 public:
  ScoreTail() = default;
  /// The tail up to `most`. Background: probabilities of A C G T.
  ScoreTail(std::span<const Losses> columns,
            const std::array<double, 4>& background,
            std::int32_t most);

  /// Keeps what has probability <= p; cutoff() is then the greatest loss that has it.
  void trim(double p);
  /// The greatest loss in the tail; -1 when even a loss of nothing is likelier than trim()'s p.
  std::int32_t cutoff() const { return losses_.empty() ? -1 : losses_.back(); }
  /// P(loss <= x), exact for x <= most.
  double p_value(std::int32_t loss) const;
  /// P(loss <= cutoff()): how often chance alone reaches it.
  double total() const { return tails_.empty() ? 0 : tails_.back(); }

 private:
  std::vector<std::int32_t> losses_;  // that occur, ascending
  std::vector<double> tails_;         // P(loss <= losses_[i])
};

}  // namespace heddle::pipeline
