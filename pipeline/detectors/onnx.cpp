#include "pipeline/detectors/onnx.h"

#include "io/error.h"
#include "pipeline/detectors/class_names.h"
#include "pipeline/detectors/letterbox.h"
#include "pipeline/detectors/onnx_model.h"
#include "pipeline/detectors/suppression.h"

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {

namespace {

constexpr double kGrey = 114;  // of the picture that the model is tried on
constexpr std::size_t kMostCandidates = 3000;
constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;  // protobuf's own limit
constexpr std::int64_t kMostPixels = std::int64_t{8192} * 8192;

std::vector<char> bytes_of(const std::string& path) {
  std::error_code error;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw io::InputError(path + ": cannot be opened; name an ONNX file");
  if (size > kMostBytes) {
    throw io::InputError(path + ": is larger than 2 GiB, which no ONNX file of one piece is");
  }
  std::vector<char> bytes(static_cast<std::size_t>(size));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) {
    throw io::InputError(path + ": cannot be read");
  }
  return bytes;
}

/// What OpenCV says, as the end of one line.
std::string because(const cv::Exception& error) {
  std::string text = error.err;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return ": " + text.substr(0, 300);
}

const OnnxLayout* layout_named(const std::string& name) {
  std::string known = "auto";
  for (const OnnxLayout& layout : onnx_layouts()) {
    if (layout.name == name) return &layout;
    known += ", " + std::string(layout.name);
  }
  throw std::invalid_argument("'" + name + "' is no layout; there are " + known);
}

PixelForm pixels_named(const std::string& name) {
  if (name == "bgr255") return {};
  if (name == "bgr1") return {.unit = true};
  if (name == "rgb255") return {.rgb = true};
  if (name == "rgb1") return {.rgb = true, .unit = true};
  throw std::invalid_argument(
      "'" + name + "' is no form of pixels; there are auto, bgr255, bgr1, " + "rgb255, rgb1");
}

std::string layout_choices() {
  std::string text;
  for (const OnnxLayout& layout : onnx_layouts()) {
    text += (text.empty() ? "" : ", ") + std::string(layout.name) + " (" +
            std::string(layout.shape) + ")";
  }
  return text;
}

}  // namespace

std::string onnx_absent() { return ""; }

struct OnnxDetector::State {
  State(std::string file_path, const OnnxSettings& given);

  cv::Size input_size(const OnnxValue& input) const;
  void choose_layout(const OnnxModel& model);
  void name_classes(const OnnxModel& model, int classes);
  cv::dnn::Net take_net();
  void give_back(cv::dnn::Net net);
  /// The output for one laid picture, and the matrix that holds its values.
  std::pair<OnnxOutput, cv::Mat> forward(cv::dnn::Net& net, const cv::Mat& laid) const;
  Detection in_frame(const Candidate& candidate, const Letterbox& letterbox) const;

  const std::string path;
  OnnxSettings settings;
  std::vector<char> bytes;
  cv::Size input;
  PixelForm pixels;
  const OnnxLayout* layout = nullptr;
  std::vector<std::int64_t> output_shape;
  double least_score = 0;
  std::vector<std::string> names;
  std::set<int> wanted;  // empty: all
  std::mutex mutex;      // of `idle`
  std::vector<cv::dnn::Net> idle;
};

OnnxDetector::State::State(std::string file_path, const OnnxSettings& given)
    : path(std::move(file_path)), settings(given) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // libraries never print
  if (settings.layout != "auto") layout = layout_named(settings.layout);
  if (settings.pixels != "auto") pixels = pixels_named(settings.pixels);
  bytes = bytes_of(path);
  OnnxModel model;
  try {
    model = describe_onnx({bytes.data(), bytes.size()});
  } catch (const std::invalid_argument& error) {
    throw io::InputError(path + ": " + error.what());
  }
  if (model.inputs.size() != 1 || model.outputs.size() != 1) {
    std::string shapes;
    for (const OnnxValue& value : model.outputs) shapes += " " + shape_text(value.shape);
    throw io::InputError(path + ": has " + std::to_string(model.inputs.size()) + " inputs and " +
                         std::to_string(model.outputs.size()) + " outputs (" + shapes.substr(1) +
                         "); a detector with one input and one output is expected: export it " +
                         "without masks and with its outputs joined");
  }
  input = input_size(model.inputs.front());
  choose_layout(model);
}

cv::Size OnnxDetector::State::input_size(const OnnxValue& value) const {
  const std::vector<std::int64_t>& shape = value.shape;
  if (shape.size() != 4 || (shape[1] != 3 && shape[1] != -1)) {
    throw io::InputError(path + ": its input " + shape_text(shape) + " is not 1x3xHEIGHTxWIDTH");
  }
  const std::int64_t asked[] = {settings.height, settings.width};
  std::int64_t size[2];
  for (std::size_t i = 0; i < 2; ++i) {
    size[i] = shape[2 + i] > 0 ? shape[2 + i] : asked[i];
    if (asked[i] > 0 && asked[i] != size[i]) {
      throw io::InputError(path + ": its input is " + shape_text(shape) +
                           " and takes no other size; leave --onnx-size out");
    }
    if (size[i] <= 0) {
      throw io::InputError(path + ": its input " + shape_text(shape) +
                           " takes any size; say which with --onnx-size 640x640");
    }
  }
  if (size[0] > kMostPixels / size[1]) {
    throw io::InputError(path + ": its input " + shape_text(shape) + " is too large");
  }
  return {static_cast<int>(size[1]), static_cast<int>(size[0])};
}

// By the output for an even picture: only the library knows shapes that vary, and a model that it
// cannot run is found out before anything else begins.
void OnnxDetector::State::choose_layout(const OnnxModel& model) {
  const PixelForm stated = pixels;
  cv::dnn::Net net = take_net();
  const auto [output, values] = forward(net, cv::Mat(input, CV_8UC3, cv::Scalar::all(kGrey)));
  output_shape = output.shape;
  if (layout == nullptr) layout = recognise_layout(output);
  const int classes = layout == nullptr ? 0 : layout->classes(output);
  if (classes == 0) {
    throw io::InputError(
        path + ": its output " + shape_text(output_shape) + " for an input of " +
        std::to_string(input.width) + "x" + std::to_string(input.height) +
        (layout == nullptr ? " is of no layout that is known; choose with --onnx-layout: "
                           : " is not of layout " + std::string(layout->name) + "; there are: ") +
        layout_choices());
  }
  pixels = settings.pixels == "auto" ? layout->pixels : stated;
  least_score = settings.least_score.value_or(layout->usual_score * settings.score_factor);
  name_classes(model, classes);
  give_back(std::move(net));
}

void OnnxDetector::State::name_classes(const OnnxModel& model, int classes) {
  names = settings.class_names;
  const auto own = model.metadata.find("names");
  if (names.empty() && own != model.metadata.end()) names = parse_class_names(own->second);
  if (names.empty() && classes == static_cast<int>(coco_class_names().size())) {
    names.assign(coco_class_names().begin(), coco_class_names().end());
  }
  if (classes > 0 && !names.empty() && static_cast<int>(names.size()) != classes) {
    throw io::InputError(path + ": has " + std::to_string(classes) + " classes by layout " +
                         std::string(layout->name) + ", but " + std::to_string(names.size()) +
                         " are named; give as many with --labels, or another --onnx-layout");
  }
  wanted = wanted_classes(settings.wanted, names);
}

cv::dnn::Net OnnxDetector::State::take_net() {
  {
    const std::lock_guard lock(mutex);
    if (!idle.empty()) {
      cv::dnn::Net net = std::move(idle.back());
      idle.pop_back();
      return net;
    }
  }
  try {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return net;
  } catch (const cv::Exception& error) {
    throw io::InputError(path + ": OpenCV " CV_VERSION " cannot read the model" + because(error) +
                         "; export it with opset 11 and without dynamic shapes");
  }
}

void OnnxDetector::State::give_back(cv::dnn::Net net) {
  const std::lock_guard lock(mutex);
  idle.push_back(std::move(net));
}

std::pair<OnnxOutput, cv::Mat> OnnxDetector::State::forward(cv::dnn::Net& net,
                                                            const cv::Mat& laid) const {
  cv::Mat values;
  try {
    const double scale = pixels.unit ? 1.0 / 255 : 1.0;
    net.setInput(cv::dnn::blobFromImage(laid, scale, cv::Size(), cv::Scalar(), pixels.rgb, false));
    values = net.forward();
  } catch (const cv::Exception& error) {
    throw io::InputError(path + ": OpenCV " CV_VERSION " cannot run the model" + because(error) +
                         "; export it with opset 11 and without dynamic shapes");
  }
  if (values.type() != CV_32F || !values.isContinuous()) {
    throw io::InputError(path + ": its output is not made of 32-bit numbers");
  }
  OnnxOutput output;
  output.shape.assign(values.size.p, values.size.p + values.dims);
  output.values = {values.ptr<float>(), values.total()};
  output.input_width = input.width;
  output.input_height = input.height;
  return {output, values};
}

Detection OnnxDetector::State::in_frame(const Candidate& candidate,
                                        const Letterbox& letterbox) const {
  Detection detection;
  detection.box = letterbox.back(candidate.box);
  detection.score = candidate.score;
  detection.kind = candidate.kind;
  return detection;
}

OnnxDetector::OnnxDetector(const std::string& path, const OnnxSettings& settings)
    : state_(std::make_unique<State>(path, settings)) {}
OnnxDetector::~OnnxDetector() = default;
OnnxDetector::OnnxDetector(OnnxDetector&&) noexcept = default;
OnnxDetector& OnnxDetector::operator=(OnnxDetector&&) noexcept = default;

std::vector<Detection> OnnxDetector::detect(const io::Frame& frame) const {
  State& state = *state_;
  const Letterbox letterbox({frame.width, frame.height}, state.input, state.layout->fit);
  cv::dnn::Net net = state.take_net();
  std::vector<Candidate> candidates;
  const auto [output, values] = state.forward(net, letterbox.lay(frame));
  state.layout->decode(output, static_cast<float>(state.least_score), candidates);
  state.give_back(std::move(net));
  if (!state.wanted.empty()) {
    std::erase_if(candidates,
                  [&](const Candidate& one) { return !state.wanted.contains(one.kind); });
  }
  candidates = suppress(std::move(candidates), state.settings.overlap, kMostCandidates);
  std::vector<Detection> detections;
  for (const Candidate& candidate : candidates) {
    const Detection detection = state.in_frame(candidate, letterbox);
    if (detection.box.area() > 0) detections.push_back(detection);
    if (detections.size() == state.settings.most) break;
  }
  return detections;
}

std::string OnnxDetector::class_name(int kind) const {
  const auto index = static_cast<std::size_t>(kind);
  const bool named = kind >= 0 && index < state_->names.size() && !state_->names[index].empty();
  return named ? state_->names[index] : "class " + std::to_string(kind);
}

std::string OnnxDetector::description() const {
  const State& state = *state_;
  return std::filesystem::path(state.path).filename().string() + ": layout " +
         std::string(state.layout->name) + " (" + shape_text(state.output_shape) + "), input " +
         std::to_string(state.input.width) + "x" + std::to_string(state.input.height) + ", " +
         (state.names.empty() ? "unnamed" : std::to_string(state.names.size())) + " classes";
}

}  // namespace heddle::pipeline
