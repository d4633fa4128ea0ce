#include "app/box_input.h"

#include "app/exit_codes.h"
#include "app/frame_size.h"
#include "io/blank_frames.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace heddle::app {
namespace {

constexpr double kUsualRate = 30;  // of MOTChallenge's clips, mostly
constexpr int kLargestSide = 1 << 20;
constexpr std::int64_t kMostUnasked = 10'000'000;  // frames: four days at 30 a second

FrameSize size_given(const std::string& text) {
  if (const auto size = frame_size(text, kLargestSide)) return *size;
  throw CommandError(
      kUsage, "--size " + text + " is no size; give WIDTHxHEIGHT in pixels, such as 1920x1080");
}

/// The least frame that holds all the boxes.
FrameSize size_around(const std::vector<io::MotRow>& rows) {
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
    throw CommandError(kUsage,
                       std::string(option)
                           .append(" needs a video; give one, or leave ")
                           .append(option)
                           .append(" out: these are boxes alone"));
  }
  if (!options.size.empty()) size_given(options.size);
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
  if (options.frames == 0 && video.frames > kMostUnasked) {
    throw CommandError(
        kUsage,
        options.detections + " has a box of frame " + std::to_string(video.frames) +
            ": without a video every frame up to there is worked on, and more than " +
            std::to_string(kMostUnasked) + " only with --frames N, which stops after N");
  }
  video.frames_per_second = options.picture_rate.value_or(kUsualRate);
  if (!options.picture_rate) {
    input.notes.push_back("no --fps: " + number(kUsualRate) + " frames a second are assumed");
  }
  const FrameSize size = options.size.empty() ? size_around(input.rows) : size_given(options.size);
  video.width = size.width;
  video.height = size.height;
  input.source = std::make_unique<io::BlankFrames>(video);
  return input;
}

}  // namespace heddle::app
