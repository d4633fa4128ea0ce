#include "pipeline/metrics/identity.h"

#include "pipeline/assignment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace heddle::pipeline {
namespace {

constexpr double kMinIou = 0.5;

double share(std::int64_t part, double whole) {
  return whole > 0 ? static_cast<double>(part) / whole : 0;
}

}  // namespace

double IdentityCounts::precision() const { return share(matches, static_cast<double>(said)); }
double IdentityCounts::recall() const { return share(matches, static_cast<double>(truths)); }
double IdentityCounts::f1() const {
  return share(matches, 0.5 * static_cast<double>(truths + said));
}

IdentityCounts& IdentityCounts::operator+=(const IdentityCounts& other) {
  truths += other.truths;
  said += other.said;
  matches += other.matches;
  return *this;
}

IdentityCounts count_identities(const PairedSequence& sequence) {
  const std::size_t rows = sequence.truth_boxes.size(), columns = sequence.said_boxes.size();
  std::vector<double> costs(rows * columns, 0);  // minus the boxes that a pair would explain
  for (const PairedFrame& frame : sequence.frames) {
    for (std::size_t t = 0; t < frame.truths.size(); ++t) {
      for (std::size_t s = 0; s < frame.said.size(); ++s) {
        if (frame.iou(t, s) >= kMinIou) costs[frame.truths[t] * columns + frame.said[s]] -= 1;
      }
    }
  }
  const std::vector<int> chosen = assign(costs, static_cast<int>(rows), static_cast<int>(columns));
  double matches = 0;
  for (std::size_t t = 0; t < rows; ++t) {
    if (chosen[t] >= 0) matches -= costs[t * columns + chosen[t]];
  }
  const auto sum = [](const std::vector<std::int64_t>& boxes) {
    return std::accumulate(boxes.begin(), boxes.end(), std::int64_t{0});
  };
  return {sum(sequence.truth_boxes), sum(sequence.said_boxes), std::llround(matches)};
}

}  // namespace heddle::pipeline
