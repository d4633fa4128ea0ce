#include "pipeline/motifs/false_discovery.h"

#include <algorithm>

namespace heddle::pipeline {

FalseDiscovery::FalseDiscovery(std::span<const ScoredMotif> motifs)
    : motifs_(motifs), sites_(motifs.size()), q_(motifs.size()) {
  for (const ScoredMotif& motif : motifs) places_[motif.width()] = 0;
}

void FalseDiscovery::tested(std::string_view bases, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(bases.size());
  std::int64_t begin = 0;
  while (begin < count) {
    const std::size_t gap = bases.find('N', static_cast<std::size_t>(begin));
    const std::int64_t end = gap == bases.npos ? size : static_cast<std::int64_t>(gap);
    for (auto& [width, places] : places_) {
      places += std::max<std::int64_t>(0, std::min(end - width + 1, count) - begin);
    }
    begin = end + 1;
  }
}

void FalseDiscovery::settle() {
  for (std::size_t m = 0; m < motifs_.size(); ++m) {
    std::int64_t within = 0;
    for (const auto& [loss, sites] : sites_[m]) within += sites;
    double least = 1;
    for (auto one = sites_[m].rbegin(); one != sites_[m].rend(); ++one) {
      const double p = motifs_[m].tail.p_value(one->first);
      const auto all = static_cast<double>(tests(static_cast<std::int32_t>(m)));
      least = std::min(least, all * p / static_cast<double>(within));
      q_[m][one->first] = least;
      within -= one->second;
    }
  }
}

double FalseDiscovery::q_value(std::int32_t motif, std::int32_t loss) const {
  return q_[at(motif)].at(loss);
}

std::int64_t FalseDiscovery::tests(std::int32_t motif) const {
  return 2 * places_.at(motifs_[at(motif)].width());
}

}  // namespace heddle::pipeline
