#include "app/train/training_log.h"

#include "io/atomic_file.h"
#include "io/report/chart.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <utility>

namespace heddle::app {
namespace {

using attention::train::SampleLoss;
using nlohmann::ordered_json;
namespace drawing = io::report;

/// Six digits tell all that a loss is worth.
double rounded(double value) {
  if (!std::isfinite(value) || value == 0) return value;
  const double scale = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

void add_groups(ordered_json& line, const std::vector<std::string>& names, const SampleLoss& loss) {
  for (std::size_t i = 0; i < names.size() && i < loss.groups.size(); ++i) {
    const auto& group = loss.groups[i];
    line["losses"][names[i]] = rounded(group.loss);
    line["right"][names[i]] = group.rows > 0 ? rounded(group.right / group.rows) : 0;
  }
}

}  // namespace

TrainingLog::TrainingLog(std::string path, std::vector<std::string> losses, std::int64_t until)
    : path_(std::move(path)), losses_(std::move(losses)) {
  keep(until);
}

void TrainingLog::keep(std::int64_t until) {
  std::string kept;
  std::ifstream before(path_);
  for (std::string text; until >= 0 && std::getline(before, text);) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("step") || line["step"] > until) continue;
    for (const auto& [key, points] :
         {std::pair{"loss", &training_}, {"validation", &validation_}}) {
      if (line.contains(key) && line[key].is_number()) points->push_back({line["step"], line[key]});
    }
    kept += text + "\n";
  }
  before.close();
  io::AtomicFile file(path_);
  file.write(kept);
  file.commit();
}

void TrainingLog::append(const std::string& line) {
  std::ofstream file(path_, std::ios::app);
  if (!(file << line << '\n' << std::flush)) throw io::OutputError(path_ + ": cannot be written");
}

void TrainingLog::step(const attention::train::StepReport& report, double seconds) {
  ordered_json line{{"step", report.step}, {"loss", rounded(report.loss.total)}};
  add_groups(line, losses_, report.loss);
  line["norm"] = rounded(report.norm);
  line["rate"] = rounded(report.rate);
  line["skipped"] = report.skipped;
  line["seconds"] = rounded(seconds);
  training_.push_back({report.step, report.loss.total});
  append(line.dump());  // what is no number becomes null
}

void TrainingLog::validation(std::int64_t step, const SampleLoss& loss) {
  ordered_json line{{"step", step}, {"validation", rounded(loss.total)}};
  add_groups(line, losses_, loss);
  validation_.push_back({step, loss.total});
  append(line.dump());
}

std::string TrainingLog::curve_svg() const {
  if (training_.empty()) return {};
  constexpr std::size_t kMostPoints = 400;
  const std::size_t together = (training_.size() + kMostPoints - 1) / kMostPoints;
  drawing::Series steps{"training", {}, 0}, held{"held back", {}, 1};
  double highest = 0;
  for (std::size_t i = 0; i < training_.size(); i += together) {
    const std::size_t end = std::min(training_.size(), i + together);
    double sum = 0;
    for (std::size_t k = i; k < end; ++k) sum += training_[k].loss;
    const double mean = sum / static_cast<double>(end - i);
    steps.points.push_back({static_cast<double>(training_[end - 1].step), mean});
    if (std::isfinite(mean)) highest = std::max(highest, mean);
  }
  for (const Point& point : validation_) {
    held.points.push_back({static_cast<double>(point.step), point.loss});
    if (std::isfinite(point.loss)) highest = std::max(highest, point.loss);
  }
  drawing::ChartWords words;
  words.alternative = {"Loss by step", "Loss of training and of what is held back, by step"};
  words.x = "step";
  words.y = "loss";
  std::vector<drawing::Series> lines = {steps};
  if (!validation_.empty()) lines.push_back(held);
  const auto last = static_cast<double>(training_.back().step);
  return drawing::line_chart(words, lines, {0, last}, {0, highest > 0 ? highest : 1}).file();
}

}  // namespace heddle::app
