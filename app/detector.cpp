#include "app/detector.h"

#include "app/exit_codes.h"
#include "app/nearest.h"
#include "pipeline/detectors/class_names.h"

#include <charconv>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

namespace heddle::app {
namespace {

constexpr std::string_view kPrefix = "onnx:";
constexpr double kFaint =
    0.4;  // of the usual least score: the second round of byte wants faint boxes
constexpr int kLargestSide = 8192;

/// "640" or "640x384" -> (width, height).
std::pair<int, int> parse_size(const std::string& text) {
  const auto side = [&](std::string_view word) {
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool good = error == std::errc() && end == word.data() + word.size() && value > 0 &&
                      value <= kLargestSide;
    if (!good) {
      throw CommandError(kUsage,
                         "--onnx-size " + text + " is no size; give WIDTHxHEIGHT, or one number");
    }
    return value;
  };
  const std::size_t cross = text.find('x');
  if (cross == std::string::npos) return {side(text), side(text)};
  return {side(std::string_view(text).substr(0, cross)),
          side(std::string_view(text).substr(cross + 1))};
}

pipeline::OnnxSettings settings_of(const VideoOptions& options) {
  const OnnxOptions& onnx = options.onnx;
  pipeline::OnnxSettings settings;
  settings.layout = onnx.layout;
  settings.pixels = onnx.pixels;
  if (!onnx.size.empty()) std::tie(settings.width, settings.height) = parse_size(onnx.size);
  settings.least_score = onnx.confidence;
  if (options.association == "byte") settings.score_factor = kFaint;
  settings.overlap = onnx.overlap;
  if (!onnx.labels.empty()) settings.class_names = pipeline::read_class_names(onnx.labels);
  settings.wanted = onnx.classes;
  return settings;
}

}  // namespace

std::string detector_complaint(const std::string& word) {
  if (word == "motion" || word == "none") return "";
  if (word.starts_with(kPrefix) && word.size() > kPrefix.size()) return "";
  const std::string meant = nearest(word, std::vector<std::string>{"motion", "none"});
  return "'" + word + "' is no detector; there are motion, none and onnx:FILE" +
         (meant.empty() ? "" : "; did you mean " + meant + "?");
}

std::shared_ptr<const pipeline::OnnxDetector> open_detector(const VideoOptions& options) {
  if (!options.detector.starts_with(kPrefix)) return nullptr;
  const std::string file = options.detector.substr(kPrefix.size());
  try {
    return std::make_shared<const pipeline::OnnxDetector>(file, settings_of(options));
  } catch (const std::invalid_argument& error) {
    throw CommandError(kUsage, options.detector + ": " + error.what());
  }
}

}  // namespace heddle::app
