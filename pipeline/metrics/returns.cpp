#include "pipeline/metrics/returns.h"

#include "pipeline/assignment.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr double kSame = 0.5;  // IoU

using Frames = std::map<std::int64_t, std::vector<const LabelledBox*>>;
using Names = std::map<std::int64_t, std::int64_t>;  // said identity, by frame

Frames by_frame(std::span<const LabelledBox> rows) {
  Frames frames;
  for (const LabelledBox& row : rows) frames[row.frame].push_back(&row);
  return frames;
}

/// Said identities of each true object. A said box is one object's: somebody right behind another
/// is not found because the other is.
std::map<std::int64_t, Names> identities(const Frames& truth, const Frames& said) {
  std::map<std::int64_t, Names> found;
  for (const auto& [number, objects] : truth) {
    const auto frame = said.find(number);
    if (frame == said.end()) continue;
    const auto& boxes = frame->second;
    std::vector<double> costs;
    for (const LabelledBox* object : objects) {
      for (const LabelledBox* box : boxes) {
        const double overlap = iou(object->box, box->box);
        costs.push_back(overlap >= kSame ? -overlap : 0);
      }
    }
    const std::vector<int> chosen =
        assign(costs, static_cast<int>(objects.size()), static_cast<int>(boxes.size()));
    for (std::size_t o = 0; o < objects.size(); ++o) {
      if (chosen[o] < 0) continue;
      const auto box = static_cast<std::size_t>(chosen[o]);
      if (costs[o * boxes.size() + box] < 0) found[objects[o]->id][number] = boxes[box]->id;
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
  std::set<std::int64_t> objects;
  for (const LabelledBox& row : truth) objects.insert(row.id);
  std::map<std::int64_t, std::set<std::int64_t>> sightings;
  for (const LabelledBox& row : seen) sightings[row.id].insert(row.frame);
  std::map<std::int64_t, std::int64_t> first_said;  // frame, by identity
  for (const LabelledBox& row : said) {
    const auto first = first_said.try_emplace(row.id, row.frame).first;
    first->second = std::min(first->second, row.frame);
  }
  auto all_names = identities(by_frame(truth), by_frame(said));

  std::vector<ReturnEnd> ends;
  for (const auto& [id, times] : sightings) {
    if (!objects.contains(id)) continue;
    const Names& names = all_names[id];
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
