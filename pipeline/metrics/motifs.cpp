#include "pipeline/metrics/motifs.h"

#include <set>
#include <tuple>

namespace heddle::pipeline {
namespace {

using Place = std::tuple<std::string, std::string, char>;  // motif, sequence, strand
using Starts = std::map<Place, std::set<std::int64_t>>;

Starts starts_of(std::span<const io::SiteRow> sites) {
  Starts starts;
  for (const io::SiteRow& site : sites) {
    starts[{site.motif, site.sequence, site.strand}].insert(site.start);
  }
  return starts;
}

bool has_near(const std::set<std::int64_t>& starts, std::int64_t start, std::int64_t slack) {
  const auto next = starts.lower_bound(start - slack);
  return next != starts.end() && *next <= start + slack;
}

/// Calls count(motif, whether `others` has it) for each site.
template <typename Count>
void look_up(const Starts& sites, const Starts& others, std::int64_t slack, Count&& count) {
  static const std::set<std::int64_t> none;
  for (const auto& [place, starts] : sites) {
    const auto other = others.find(place);
    const std::set<std::int64_t>& there = other == others.end() ? none : other->second;
    for (const std::int64_t start : starts) {
      count(std::get<0>(place), has_near(there, start, slack));
    }
  }
}

}  // namespace

double MotifScore::f1() const {
  const double sum = recall() + precision();
  return sum > 0 ? 2 * recall() * precision() / sum : 0;
}

MotifScore& MotifScore::operator+=(const MotifScore& other) {
  truths += other.truths;
  found += other.found;
  predicted += other.predicted;
  right += other.right;
  return *this;
}

std::map<std::string, MotifScore> score_motif_sites(std::span<const io::SiteRow> truth,
                                                    std::span<const io::SiteRow> predicted,
                                                    std::int64_t slack) {
  const Starts true_starts = starts_of(truth);
  const Starts predicted_starts = starts_of(predicted);
  std::map<std::string, MotifScore> scores;
  look_up(true_starts, predicted_starts, slack, [&scores](const std::string& motif, bool found) {
    ++scores[motif].truths;
    scores[motif].found += found ? 1 : 0;
  });
  look_up(predicted_starts, true_starts, slack, [&scores](const std::string& motif, bool right) {
    ++scores[motif].predicted;
    scores[motif].right += right ? 1 : 0;
  });
  return scores;
}

}  // namespace heddle::pipeline
