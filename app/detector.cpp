#include "app/detector.h"

#include "app/exit_codes.h"
#include "app/frame_size.h"
#include "app/nearest.h"
#include "pipeline/detectors/class_names.h"

#include <stdexcept>
#include <vector>

namespace heddle::app {
namespace {

constexpr std::string_view kPrefix = "onnx:";
constexpr double kFaint =
    0.4;  // of the usual least score: the second round of byte wants faint boxes
constexpr int kLargestSide = 8192;

/// "640" or "640x384".
FrameSize input_size(const std::string& text) {
  if (const auto square = square_size(text, kLargestSide)) return *square;
  if (const auto size = frame_size(text, kLargestSide)) return *size;
  throw CommandError(kUsage,
                     "--onnx-size " + text + " is no size; give WIDTHxHEIGHT, or one number");
}

pipeline::OnnxSettings settings_of(const VideoOptions& options) {
  const OnnxOptions& onnx = options.onnx;
  pipeline::OnnxSettings settings;
  settings.layout = onnx.layout;
  settings.pixels = onnx.pixels;
  if (!onnx.size.empty()) {
    const FrameSize size = input_size(onnx.size);
    settings.width = size.width;
    settings.height = size.height;
  }
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
