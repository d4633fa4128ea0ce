#include "app/eval_success.h"

#include "io/error.h"
#include "io/formats/object_boxes.h"
#include "io/report/chart.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace heddle::app {
namespace {

using pipeline::Success;

struct Figure {
  const char* name;
  double (*of)(const Success&);
};

// Shares of 1, in the order of the table.
constexpr Figure kFigures[] = {{"AUC", [](const Success& s) { return s.auc(); }},
                               {"P@20", [](const Success& s) { return s.precision(); }},
                               {"IoU", [](const Success& s) { return s.mean_overlap(); }},
                               {"IoU>0.5", [](const Success& s) { return s.rate(10); }}};

std::vector<std::optional<pipeline::Box>> boxes_of(const std::string& file,
                                                   std::optional<std::int64_t> id) {
  std::vector<std::optional<pipeline::Box>> boxes;
  for (const auto& box : io::read_object_boxes(file, id)) {
    boxes.emplace_back();
    if (box) boxes.back() = pipeline::Box{box->x, box->y, box->width, box->height};
  }
  return boxes;
}

}  // namespace

ScoredObject score_object(const std::string& truth,
                          const std::string& track,
                          const ObjectIds& ids) {
  const auto true_boxes = boxes_of(truth, ids.truth);
  auto said = boxes_of(track, ids.track);
  said.resize(true_boxes.size());
  ScoredObject scored{track, pipeline::score_success(true_boxes, said)};
  if (scored.score.frames == 0) {
    throw io::InputError(truth + ": has no boxes that count; there is nothing to judge by");
  }
  return scored;
}

std::string success_table(const std::vector<ScoredObject>& rows) {
  std::size_t width = 8;
  for (const ScoredObject& row : rows) width = std::max(width, row.name.size());
  std::string table(width, ' ');
  char cell[32];
  for (const Figure& figure : kFigures) {
    std::snprintf(cell, sizeof cell, " %8s", figure.name);
    table += cell;
  }
  table += "   frames\n";
  for (const ScoredObject& row : rows) {
    table.append(row.name).append(width - row.name.size(), ' ');
    for (const Figure& figure : kFigures) {
      std::snprintf(cell, sizeof cell, " %8.2f", 100 * figure.of(row.score));
      table += cell;
    }
    std::snprintf(cell, sizeof cell, " %8lld\n", static_cast<long long>(row.score.frames));
    table += cell;
  }
  return table;
}

std::string success_json(const std::string& truth, const std::vector<ScoredObject>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ScoredObject& row : rows) {
    nlohmann::ordered_json object{{"name", row.name}, {"frames", row.score.frames}};
    for (const Figure& figure : kFigures) object[figure.name] = figure.of(row.score);
    for (std::size_t i = 0; i < pipeline::kSuccessThresholds; ++i) {
      object["over_overlap"]["overlap"].push_back(pipeline::success_threshold(i));
      object["over_overlap"]["success"].push_back(row.score.rate(i));
    }
    for (std::size_t i = 0; i < pipeline::kPrecisionThresholds; ++i) {
      object["over_pixels"]["pixels"].push_back(i);
      object["over_pixels"]["precision"].push_back(row.score.precision(i));
    }
    list.push_back(object);
  }
  return nlohmann::ordered_json{{"truth", truth}, {"tracks", list}}.dump(
             1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string success_svg(const std::vector<ScoredObject>& rows) {
  std::vector<io::report::Series> lines;
  for (const ScoredObject& row : rows) {
    char auc[32];
    std::snprintf(auc, sizeof auc, " %.1f", 100 * row.score.auc());
    io::report::Series line{row.name + auc, {}, static_cast<int>(lines.size() % 8)};
    for (std::size_t i = 0; i < pipeline::kSuccessThresholds; ++i) {
      line.points.push_back({pipeline::success_threshold(i), row.score.rate(i)});
    }
    lines.push_back(std::move(line));
  }
  const io::report::ChartWords words{
      {"Success plot", "The share of frames whose overlap with the truth exceeds a threshold."},
      "overlap threshold",
      "share of frames"};
  return io::report::line_chart(words, lines, {0, 1}, {0, 1}).file();
}

}  // namespace heddle::app
