#include "pipeline/metrics/clear.h"

#include "pipeline/assignment.h"

#include <algorithm>
#include <limits>

namespace heddle::pipeline {
namespace {

constexpr double kMinIou = 0.5 - std::numeric_limits<double>::epsilon();
constexpr double kKept = 1000;  // worth of a pair of the frame before: more than any overlap
constexpr int kNobody = -1;

struct TruthHistory {
  int last = kNobody;          // who it was last matched with
  int frame_before = kNobody;  // and in the last frame that had boxes on both sides
  std::int64_t frames = 0, found = 0, pieces = 0;
};

std::vector<int> match(const PairedFrame& frame, const std::vector<TruthHistory>& histories) {
  std::vector<double> costs(frame.ious.size(), 0);
  for (std::size_t t = 0; t < frame.truths.size(); ++t) {
    for (std::size_t s = 0; s < frame.said.size(); ++s) {
      if (frame.iou(t, s) < kMinIou) continue;
      const bool kept = histories[frame.truths[t]].frame_before == frame.said[s];
      costs[t * frame.said.size() + s] = -frame.iou(t, s) - (kept ? kKept : 0);
    }
  }
  std::vector<int> chosen =
      assign(costs, static_cast<int>(frame.truths.size()), static_cast<int>(frame.said.size()));
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (chosen[t] >= 0 && frame.iou(t, chosen[t]) < kMinIou) chosen[t] = kNobody;
  }
  return chosen;
}

void count_frame(const PairedFrame& frame,
                 std::vector<TruthHistory>& histories,
                 ClearCounts& counts) {
  const std::vector<int> chosen = match(frame, histories);
  std::vector<int> now(histories.size(), kNobody);
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (chosen[t] < 0) continue;
    TruthHistory& history = histories[frame.truths[t]];
    const int who = frame.said[chosen[t]];
    ++counts.matches;
    ++history.found;
    counts.overlap_sum += frame.iou(t, chosen[t]);
    if (history.last != kNobody && history.last != who) ++counts.switches;
    if (history.frame_before == kNobody) ++history.pieces;
    history.last = now[frame.truths[t]] = who;
  }
  for (std::size_t t = 0; t < histories.size(); ++t) histories[t].frame_before = now[t];
}

}  // namespace

double ClearCounts::mota() const {
  const auto errors = static_cast<double>(misses() + false_positives() + switches);
  return truths > 0 ? 1 - errors / static_cast<double>(truths) : 0;
}

double ClearCounts::motp() const {
  return matches > 0 ? overlap_sum / static_cast<double>(matches) : 0;
}

ClearCounts& ClearCounts::operator+=(const ClearCounts& other) {
  for (const auto field : {&ClearCounts::truths,
                           &ClearCounts::said,
                           &ClearCounts::matches,
                           &ClearCounts::switches,
                           &ClearCounts::fragments,
                           &ClearCounts::mostly_tracked,
                           &ClearCounts::partly_tracked,
                           &ClearCounts::mostly_lost}) {
    this->*field += other.*field;
  }
  overlap_sum += other.overlap_sum;
  return *this;
}

ClearCounts count_clear(const PairedSequence& sequence) {
  std::vector<TruthHistory> histories(sequence.truth_boxes.size());
  ClearCounts counts;
  for (const PairedFrame& frame : sequence.frames) {
    counts.truths += static_cast<std::int64_t>(frame.truths.size());
    counts.said += static_cast<std::int64_t>(frame.said.size());
    for (const int t : frame.truths) ++histories[t].frames;
    // TrackEval's rule: a frame where one side is empty interrupts no pair.
    if (!frame.truths.empty() && !frame.said.empty()) count_frame(frame, histories, counts);
  }
  for (const TruthHistory& history : histories) {
    const double share = static_cast<double>(history.found) / static_cast<double>(history.frames);
    std::int64_t& kind = share > 0.8    ? counts.mostly_tracked
                         : share >= 0.2 ? counts.partly_tracked
                                        : counts.mostly_lost;
    ++kind;
    counts.fragments += std::max<std::int64_t>(0, history.pieces - 1);
  }
  return counts;
}

}  // namespace heddle::pipeline
