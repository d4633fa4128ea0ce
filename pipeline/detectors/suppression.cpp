#include "pipeline/detectors/suppression.h"

#include <algorithm>

namespace heddle::pipeline {

std::vector<Candidate> suppress(std::vector<Candidate> candidates,
                                double overlap,
                                std::size_t most) {
  std::stable_sort(candidates.begin(),
                   candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (candidates.size() > most) candidates.resize(most);
  std::vector<Candidate> kept;
  for (const Candidate& candidate : candidates) {
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Candidate& better) {
      return iou(better.box, candidate.box) > overlap;
    });
    if (!covered) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace heddle::pipeline
