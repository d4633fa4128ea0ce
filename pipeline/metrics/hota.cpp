#include "pipeline/metrics/hota.h"

#include "pipeline/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kNone = 1e-10;  // TrackEval's LocA where nothing matches is 1

constexpr double HotaCounts::Scores::*kScores[] = {&HotaCounts::Scores::hota,
                                                   &HotaCounts::Scores::deta,
                                                   &HotaCounts::Scores::detre,
                                                   &HotaCounts::Scores::detpr,
                                                   &HotaCounts::Scores::assa,
                                                   &HotaCounts::Scores::assre,
                                                   &HotaCounts::Scores::asspr,
                                                   &HotaCounts::Scores::loca};

/// (truths, said) a pair of identities: in how much of their boxes, by overlap, they agree. It
/// makes a frame's matches serve the identities as wholes.
std::vector<double> alignment(const PairedSequence& sequence) {
  const std::size_t columns = sequence.said_boxes.size();
  std::vector<double> shared(sequence.truth_boxes.size() * columns, 0);
  for (const PairedFrame& frame : sequence.frames) {
    std::vector<double> rows(frame.truths.size(), 0), sums(frame.said.size(), 0);
    for (std::size_t t = 0; t < rows.size(); ++t) {
      for (std::size_t s = 0; s < sums.size(); ++s) {
        rows[t] += frame.iou(t, s);
        sums[s] += frame.iou(t, s);
      }
    }
    for (std::size_t t = 0; t < rows.size(); ++t) {
      for (std::size_t s = 0; s < sums.size(); ++s) {
        const double all = rows[t] + sums[s] - frame.iou(t, s);
        if (all > kEpsilon)
          shared[frame.truths[t] * columns + frame.said[s]] += frame.iou(t, s) / all;
      }
    }
  }
  for (std::size_t t = 0; t < sequence.truth_boxes.size(); ++t) {
    for (std::size_t s = 0; s < columns; ++s) {
      double& both = shared[t * columns + s];
      both /= static_cast<double>(sequence.truth_boxes[t] + sequence.said_boxes[s]) - both;
    }
  }
  return shared;
}

/// How often each pair of identities was matched: one for each alpha, sparse.
using PairCounts = std::vector<std::pair<std::size_t, std::size_t>>;  // (pair, highest level)

void match_frame(const PairedFrame& frame,
                 const std::vector<double>& aligned,
                 std::size_t columns,
                 HotaCounts& counts,
                 PairCounts& pairs) {
  std::vector<double> costs(frame.ious.size());
  for (std::size_t t = 0; t < frame.truths.size(); ++t) {
    for (std::size_t s = 0; s < frame.said.size(); ++s) {
      costs[t * frame.said.size() + s] =
          -aligned[frame.truths[t] * columns + frame.said[s]] * frame.iou(t, s);
    }
  }
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(frame.truths.size()), static_cast<int>(frame.said.size()));
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (chosen[t] < 0) continue;
    const double overlap = frame.iou(t, chosen[t]);
    std::size_t levels = 0;
    while (levels < kAlphas && overlap >= hota_alpha(levels) - kEpsilon) {
      ++counts.levels[levels].matches;
      counts.levels[levels].overlap_sum += overlap;
      ++levels;
    }
    if (levels > 0) pairs.emplace_back(frame.truths[t] * columns + frame.said[chosen[t]], levels);
  }
}

/// Adds the association sums of one pair of identities, matched `matches[alpha]` times.
void add_pair(const std::array<std::int64_t, kAlphas>& matches,
              std::int64_t truth_boxes,
              std::int64_t said_boxes,
              HotaCounts& counts) {
  for (std::size_t a = 0; a < kAlphas; ++a) {
    const auto n = static_cast<double>(matches[a]);
    HotaCounts::Level& level = counts.levels[a];
    level.association_sum += n * n / static_cast<double>(truth_boxes + said_boxes - matches[a]);
    level.recall_sum += n * n / static_cast<double>(truth_boxes);
    level.precision_sum += n * n / static_cast<double>(said_boxes);
  }
}

}  // namespace

double hota_alpha(std::size_t index) { return 0.05 + static_cast<double>(index) * 0.05; }

HotaCounts::Scores HotaCounts::at(std::size_t alpha) const {
  const Level& level = levels.at(alpha);
  const auto found = static_cast<double>(level.matches);
  const auto over = [&](double sum, double whole) { return sum / std::max(1.0, whole); };
  Scores scores;
  scores.detre = over(found, static_cast<double>(truths));
  scores.detpr = over(found, static_cast<double>(said));
  scores.deta = over(found, static_cast<double>(truths + said) - found);
  scores.assa = over(level.association_sum, found);
  scores.assre = over(level.recall_sum, found);
  scores.asspr = over(level.precision_sum, found);
  scores.loca = std::max(kNone, level.overlap_sum) / std::max(kNone, found);
  scores.hota = std::sqrt(scores.deta * scores.assa);
  return scores;
}

HotaCounts::Scores HotaCounts::mean() const {
  Scores mean;
  for (std::size_t a = 0; a < kAlphas; ++a) {
    const Scores scores = at(a);
    for (const auto field : kScores) mean.*field += scores.*field / kAlphas;
  }
  return mean;
}

HotaCounts& HotaCounts::operator+=(const HotaCounts& other) {
  truths += other.truths;
  said += other.said;
  for (std::size_t a = 0; a < kAlphas; ++a) {
    levels[a].matches += other.levels[a].matches;
    levels[a].association_sum += other.levels[a].association_sum;
    levels[a].recall_sum += other.levels[a].recall_sum;
    levels[a].precision_sum += other.levels[a].precision_sum;
    levels[a].overlap_sum += other.levels[a].overlap_sum;
  }
  return *this;
}

HotaCounts count_hota(const PairedSequence& sequence) {
  const std::vector<double> aligned = alignment(sequence);
  const std::size_t columns = sequence.said_boxes.size();
  HotaCounts counts;
  PairCounts pairs;
  for (const PairedFrame& frame : sequence.frames) {
    counts.truths += static_cast<std::int64_t>(frame.truths.size());
    counts.said += static_cast<std::int64_t>(frame.said.size());
    match_frame(frame, aligned, columns, counts, pairs);
  }
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t i = 0; i < pairs.size();) {
    const std::size_t pair = pairs[i].first;
    std::array<std::int64_t, kAlphas> matches{};
    for (; i < pairs.size() && pairs[i].first == pair; ++i) {
      for (std::size_t a = 0; a < pairs[i].second; ++a) ++matches[a];
    }
    add_pair(
        matches, sequence.truth_boxes[pair / columns], sequence.said_boxes[pair % columns], counts);
  }
  return counts;
}

}  // namespace heddle::pipeline
