#include "pipeline/metrics/clear.h"

#include "pipeline/associations/assignment.h"

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace heddle::pipeline {
namespace {

using Boxes = std::map<std::int64_t, Box>;           // by id
using Frames = std::map<std::int64_t, Boxes>;        // by frame
using Pairs = std::map<std::int64_t, std::int64_t>;  // truth -> said

Frames by_frame(std::span<const LabelledBox> list) {
  Frames frames;
  for (const LabelledBox& entry : list) {
    if (!frames[entry.frame].emplace(entry.id, entry.box).second) {
      throw std::invalid_argument("score_tracking: id " + std::to_string(entry.id) +
                                  " appears twice in frame " + std::to_string(entry.frame) +
                                  "; a frame holds an id once");
    }
  }
  return frames;
}

/// Pairs of the last frame that still overlap stay; the rest is assigned by overlap.
Pairs match_frame(const Boxes& truth, const Boxes& said, const Pairs& last, double min_iou) {
  Pairs pairs;
  std::set<std::int64_t> used;
  for (const auto& [t, s] : last) {
    const auto a = truth.find(t), b = said.find(s);
    if (a == truth.end() || b == said.end() || iou(a->second, b->second) < min_iou) continue;
    if (used.insert(s).second) pairs[t] = s;
  }
  std::vector<std::int64_t> rows, columns;
  for (const auto& [t, box] : truth) {
    if (!pairs.contains(t)) rows.push_back(t);
  }
  for (const auto& [s, box] : said) {
    if (!used.contains(s)) columns.push_back(s);
  }
  std::vector<double> costs;
  for (const auto t : rows) {
    for (const auto s : columns) {
      const double overlap = iou(truth.at(t), said.at(s));
      costs.push_back(overlap >= min_iou ? 1 - overlap : kForbidden);
    }
  }
  const auto chosen =
      assign(costs, static_cast<int>(rows.size()), static_cast<int>(columns.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (chosen[i] >= 0) pairs[rows[i]] = columns[chosen[i]];
  }
  return pairs;
}

/// The most boxes that one pairing of whole identities can explain.
std::int64_t identity_true_positives(const Frames& truth, const Frames& said, double min_iou) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> shared;
  std::map<std::int64_t, int> rows, columns;
  for (const auto& [frame, boxes] : truth) {
    const auto other = said.find(frame);
    for (const auto& [t, box] : boxes) {
      rows.emplace(t, static_cast<int>(rows.size()));
      if (other == said.end()) continue;
      for (const auto& [s, candidate] : other->second) {
        columns.emplace(s, static_cast<int>(columns.size()));
        if (iou(box, candidate) >= min_iou) ++shared[{t, s}];
      }
    }
  }
  const std::size_t width = columns.size();
  std::vector<double> costs(rows.size() * width, 0);
  for (const auto& [pair, count] : shared) {
    costs[rows[pair.first] * width + columns[pair.second]] = -static_cast<double>(count);
  }
  const auto chosen = assign(costs, static_cast<int>(rows.size()), static_cast<int>(width));
  double total = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] >= 0) total -= costs[i * width + chosen[i]];
  }
  return static_cast<std::int64_t>(total);
}

}  // namespace

double TrackingScore::mota() const {
  const auto errors = static_cast<double>(misses + false_positives + switches);
  return truths > 0 ? 1 - errors / static_cast<double>(truths) : 0;
}
double TrackingScore::motp() const {
  return matches > 0 ? overlap_sum / static_cast<double>(matches) : 0;
}
double TrackingScore::idf1() const {
  const auto both = static_cast<double>(truths + hypotheses);
  return both > 0 ? 2 * static_cast<double>(identity_true) / both : 0;
}

TrackingScore score_tracking(std::span<const LabelledBox> truth,
                             std::span<const LabelledBox> said,
                             double min_iou) {
  const Frames truths = by_frame(truth), hypotheses = by_frame(said);
  TrackingScore score;
  score.truths = static_cast<std::int64_t>(truth.size());
  score.hypotheses = static_cast<std::int64_t>(said.size());
  Pairs known;  // the last identity each truth had, however long ago
  for (const auto& [frame, boxes] : truths) {
    const auto other = hypotheses.find(frame);
    const Boxes none;
    const Boxes& candidates = other == hypotheses.end() ? none : other->second;
    for (const auto& [t, s] : match_frame(boxes, candidates, known, min_iou)) {
      ++score.matches;
      score.overlap_sum += iou(boxes.at(t), candidates.at(s));
      const auto before = known.find(t);
      if (before != known.end() && before->second != s) ++score.switches;
      known[t] = s;
    }
  }
  score.misses = score.truths - score.matches;
  score.false_positives = score.hypotheses - score.matches;
  score.identity_true = identity_true_positives(truths, hypotheses, min_iou);
  return score;
}

}  // namespace heddle::pipeline
