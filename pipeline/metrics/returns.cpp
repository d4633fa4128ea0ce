#include "pipeline/metrics/returns.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr double kSame = 0.5;  // IoU

using Frames = std::map<std::int64_t, std::vector<const LabelledBox*>>;

/// Said identities of one true object, by frame.
std::map<std::int64_t, std::int64_t> identities(const std::vector<const LabelledBox*>& object,
                                                const Frames& said) {
  std::map<std::int64_t, std::int64_t> found;
  for (const LabelledBox* row : object) {
    const auto frame = said.find(row->frame);
    if (frame == said.end()) continue;
    double best = kSame;
    for (const LabelledBox* candidate : frame->second) {
      const double overlap = iou(row->box, candidate->box);
      if (overlap < best) continue;
      best = overlap;
      found[row->frame] = candidate->id;
    }
  }
  return found;
}

}  // namespace

ReturnCounts& ReturnCounts::operator+=(const ReturnCounts& other) {
  returns += other.returns;
  kept += other.kept;
  wrong += other.wrong;
  fresh += other.fresh;
  return *this;
}

std::vector<ReturnEnd> find_returns(std::span<const LabelledBox> truth,
                                    std::span<const LabelledBox> seen,
                                    std::span<const LabelledBox> said,
                                    const ReturnLimits& limits) {
  std::map<std::int64_t, std::vector<const LabelledBox*>> objects;
  for (const LabelledBox& row : truth) objects[row.id].push_back(&row);
  std::map<std::int64_t, std::set<std::int64_t>> sightings;
  for (const LabelledBox& row : seen) sightings[row.id].insert(row.frame);
  Frames frames;
  std::map<std::int64_t, std::int64_t> first_said;  // frame, by identity
  for (const LabelledBox& row : said) {
    frames[row.frame].push_back(&row);
    const auto first = first_said.try_emplace(row.id, row.frame).first;
    first->second = std::min(first->second, row.frame);
  }

  std::vector<ReturnEnd> ends;
  for (const auto& [id, times] : sightings) {
    const auto object = objects.find(id);
    if (object == objects.end()) continue;
    const auto names = identities(object->second, frames);
    for (auto after = times.begin(), before = after++; after != times.end(); before = after++) {
      const std::int64_t gap = *after - *before - 1;
      if (gap < limits.shortest || gap > limits.longest) continue;
      ReturnEnd& end = ends.emplace_back(ReturnEnd::kNotFound);
      const auto next = names.lower_bound(*after);
      auto last = names.upper_bound(*before);
      if (next == names.end() || next->first > *after + limits.window) continue;
      if (last == names.begin() || (--last)->first < *before - limits.window) continue;
      const bool known = first_said.at(next->second) <= *before;
      const bool same = last->second == next->second;
      end = same ? ReturnEnd::kKept : known ? ReturnEnd::kWrong : ReturnEnd::kNew;
    }
  }
  return ends;
}

ReturnCounts count_returns(std::span<const ReturnEnd> ends) {
  return count_common_returns(ends, ends);
}

ReturnCounts count_common_returns(std::span<const ReturnEnd> ends,
                                  std::span<const ReturnEnd> other) {
  if (ends.size() != other.size()) {
    throw std::invalid_argument(
        "returns of two truths cannot be compared: " + std::to_string(ends.size()) + " and " +
        std::to_string(other.size()));
  }
  ReturnCounts counts;
  counts.returns = static_cast<std::int64_t>(ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (other[i] == ReturnEnd::kNotFound) continue;
    counts.kept += ends[i] == ReturnEnd::kKept;
    counts.wrong += ends[i] == ReturnEnd::kWrong;
    counts.fresh += ends[i] == ReturnEnd::kNew;
  }
  return counts;
}

}  // namespace heddle::pipeline
