#include "pipeline/metrics/mot_rules.h"

#include "pipeline/assignment.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr double kMinIou = 0.5 - std::numeric_limits<double>::epsilon();
constexpr int kPedestrian = 1;
constexpr int kNonMotVehicle = 6;
constexpr int kClasses = 13;

// THE LIST.
constexpr std::pair<std::string_view, MotRules> kRules[] = {{"auto", MotRules::kAuto},
                                                            {"mot15", MotRules::kMot15},
                                                            {"mot17", MotRules::kMot17},
                                                            {"mot20", MotRules::kMot20}};

/// Things that look like pedestrians and are not asked for: whoever reports them is not blamed.
bool distracts(int type, MotRules rules) {
  const bool like_a_person = type == 2 || type == 7 || type == 8 || type == 12;
  return like_a_person || (rules == MotRules::kMot20 && type == kNonMotVehicle);
}

using Rows = std::vector<const io::MotRow*>;

std::map<std::int64_t, Rows> by_frame(std::span<const io::MotRow> rows, const char* side) {
  std::map<std::int64_t, Rows> frames;
  std::set<std::pair<std::int64_t, std::int64_t>> known;
  for (const io::MotRow& row : rows) {
    if (!known.emplace(row.frame, row.id).second) {
      throw std::invalid_argument(std::string(side) + ": id " + std::to_string(row.id) +
                                  " appears twice in frame " + std::to_string(row.frame) +
                                  "; a frame holds an id once");
    }
    frames[row.frame].push_back(&row);
  }
  return frames;
}

Box box_of(const io::MotRow& row) { return {row.x, row.y, row.width, row.height}; }

/// Said boxes without those whose best partner of all true boxes distracts.
Rows without_distracted(const Rows& truth, const Rows& said, MotRules rules) {
  std::vector<double> costs;
  for (const io::MotRow* t : truth) {
    for (const io::MotRow* s : said) {
      const double overlap = iou(box_of(*t), box_of(*s));
      costs.push_back(overlap >= kMinIou ? -overlap : 0);
    }
  }
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(truth.size()), static_cast<int>(said.size()));
  std::set<const io::MotRow*> dropped;
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (chosen[t] < 0 || costs[t * said.size() + chosen[t]] == 0) continue;
    if (distracts(truth[t]->type, rules)) dropped.insert(said[chosen[t]]);
  }
  Rows kept;
  for (const io::MotRow* s : said) {
    if (!dropped.contains(s)) kept.push_back(s);
  }
  return kept;
}

LabelledBox labelled(const io::MotRow& row) { return {row.frame, row.id, box_of(row)}; }

bool has_classes(std::span<const io::MotRow> truth) {
  return std::any_of(truth.begin(), truth.end(), [](const auto& row) { return row.type > 0; });
}

void check_classes(std::span<const io::MotRow> truth) {
  for (const io::MotRow& row : truth) {
    if (row.type < 1 || row.type > kClasses) {
      throw std::invalid_argument("truth: class " + std::to_string(row.type) + " in frame " +
                                  std::to_string(row.frame) +
                                  "; MOT16, MOT17 and MOT20 have 1 to 13 (mot15 asks for none)");
    }
  }
}

}  // namespace

LeftOut& LeftOut::operator+=(const LeftOut& other) {
  marked += other.marked;
  classed += other.classed;
  return *this;
}

bool holds_scores(std::span<const io::MotRow> truth) {
  return std::any_of(truth.begin(), truth.end(), [](const io::MotRow& row) {
    return row.confidence > 0 && row.confidence < 1;
  });
}

std::vector<std::string> mot_rules_names() {
  std::vector<std::string> names;
  for (const auto& [name, rules] : kRules) names.emplace_back(name);
  return names;
}

MotRules mot_rules_named(std::string_view name) {
  std::string known;
  for (const auto& [one, rules] : kRules) {
    if (one == name) return rules;
    known.append(known.empty() ? "" : ", ").append(one);
  }
  throw std::invalid_argument("rules '" + std::string(name) + "'; there are " + known);
}

PreparedTracks prepare_mot(std::span<const io::MotRow> truth,
                           std::span<const io::MotRow> said,
                           MotRules rules) {
  if (rules == MotRules::kAuto) rules = has_classes(truth) ? MotRules::kMot17 : MotRules::kMot15;
  const bool classes = rules != MotRules::kMot15;
  if (classes) check_classes(truth);
  const auto truths = by_frame(truth, "truth");
  PreparedTracks prepared;
  for (const auto& [frame, rows] : by_frame(said, "tracks")) {
    const auto found = truths.find(frame);
    const bool judged = classes && found != truths.end();
    for (const io::MotRow* row : judged ? without_distracted(found->second, rows, rules) : rows) {
      prepared.said.push_back(labelled(*row));
    }
  }
  const bool scores = holds_scores(truth);
  for (const io::MotRow& row : truth) {
    const bool marked = scores || static_cast<std::int64_t>(row.confidence) != 0;
    const bool right_class = !classes || row.type == kPedestrian;
    if (marked && right_class) prepared.truth.push_back(labelled(row));
    prepared.left_out += {.marked = marked ? 0 : 1, .classed = marked && !right_class ? 1 : 0};
  }
  return prepared;
}

}  // namespace heddle::pipeline
