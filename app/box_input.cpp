#include "app/box_input.h"

#include "app/exit_codes.h"
#include "io/blank_frames.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace heddle::app {
namespace {

constexpr double kUsualRate = 30;  // of MOTChallenge's clips, mostly
constexpr int kLargestSide = 1 << 20;

struct Size {
  int width = 0, height = 0;
};

Size parse_size(const std::string& text) {
  const auto side = [&](std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    return whole && value <= kLargestSide ? value : 0;
  };
  const std::size_t cross = std::min(text.find('x'), text.size());
  const std::string_view all = text;
  const Size size{side(all.substr(0, cross)),
                  cross < text.size() ? side(all.substr(cross + 1)) : 0};
  if (size.width > 0 && size.height > 0) return size;
  throw CommandError(
      kUsage, "--size " + text + " is no size; give WIDTHxHEIGHT in pixels, such as 1920x1080");
}

/// The least frame that holds all the boxes.
Size size_around(const std::vector<io::MotRow>& rows) {
  double right = 1, bottom = 1;
  for (const io::MotRow& row : rows) {
    right = std::max(right, row.x - 1 + row.width);
    bottom = std::max(bottom, row.y - 1 + row.height);
  }
  const auto side = [](double reach) {
    return static_cast<int>(std::ceil(std::min(reach, static_cast<double>(kLargestSide))));
  };
  return {side(right), side(bottom)};
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

void check_boxes_alone(const CLI::App& command, const VideoOptions& options) {
  if (options.detections.empty()) {
    throw CommandError(
        kUsage, "input is required: a video, or the boxes of one alone with --detections FILE");
  }
  for (const std::string option : {"--memory", "--model", "--device", "--ss", "--to", "--stride"}) {
    if (command.get_option(option)->count() == 0) continue;
    throw CommandError(
        kUsage,
        option + " needs a video; give one, or leave " + option + " out: these are boxes alone");
  }
  if (!options.size.empty()) parse_size(options.size);
}

void check_boxes_alone(std::span<const OutputTarget> targets) {
  for (const std::string format : {"mp4", "html"}) {
    if (!any_in(targets, format)) continue;
    throw CommandError(
        kUsage, format + " shows the video, and boxes alone have none; give it as the input");
  }
}

BoxInput open_boxes(const VideoOptions& options) {
  BoxInput input;
  input.rows = io::read_mot(options.detections);
  io::BlankVideo video;
  video.name = options.detections;
  for (const io::MotRow& row : input.rows) video.frames = std::max(video.frames, row.frame);
  video.frames_per_second = options.picture_rate.value_or(kUsualRate);
  if (!options.picture_rate) {
    input.notes.push_back("no --fps: " + number(kUsualRate) + " frames a second are assumed");
  }
  const Size size = options.size.empty() ? size_around(input.rows) : parse_size(options.size);
  video.width = size.width;
  video.height = size.height;
  input.source = std::make_unique<io::BlankFrames>(video);
  return input;
}

}  // namespace heddle::app
