#include "io/formats/video_overlay_painter.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace heddle::io {
namespace {

constexpr double kTrailSeconds = 2;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr int kFraction = 4;  // sub-pixel bits of OpenCV's drawing: without them boxes jitter

// Sizes in pixels that look alike at every resolution.
struct Pen {
  int thickness;
  double font;
  int text_thickness;
};

Pen pen_for(int width, int height) {
  const double side = std::sqrt(static_cast<double>(width) * height);
  return {std::max(1, static_cast<int>(std::lround(side / 350))),
          std::clamp(side / 1500, 0.35, 2.5),
          std::max(1, static_cast<int>(std::lround(side / 900)))};
}

// Hues a golden ratio apart: neighbouring identities differ most, and any number of them differ.
cv::Scalar color_of(std::int64_t id) {
  const double turn = static_cast<double>(id) * 0.6180339887498949;
  const double hue = (turn - std::floor(turn)) * 6;
  const double value = 255, low = 50;
  const double ramp = low + (value - low) * (1 - std::abs(std::fmod(hue, 2) - 1));
  switch (static_cast<int>(hue)) {
    case 0:
      return {low, ramp, value};
    case 1:
      return {low, value, ramp};
    case 2:
      return {ramp, value, low};
    case 3:
      return {value, ramp, low};
    case 4:
      return {value, low, ramp};
    default:
      return {ramp, low, value};
  }
}

bool drawable(const Track& track) {
  return track.state != Track::State::kEnded && std::isfinite(track.x) && std::isfinite(track.y) &&
         std::isfinite(track.width) && std::isfinite(track.height) && track.width > 0 &&
         track.height > 0;
}

// A point in OpenCV's fixed-point coordinates, held near the picture: what lies far outside is not
// seen, and must not overflow.
cv::Point fixed(double x, double y, const cv::Mat& picture) {
  const double margin = 64;
  x = std::clamp(x, -margin, picture.cols + margin);
  y = std::clamp(y, -margin, picture.rows + margin);
  const double scale = 1 << kFraction;
  return {static_cast<int>(std::lround(x * scale)), static_cast<int>(std::lround(y * scale))};
}

void dashed(
    cv::Mat& picture, cv::Point2d from, cv::Point2d to, const cv::Scalar& color, int thickness) {
  // Clip first, so that a line of a million pixels costs what is seen of it.
  const double margin = 8;
  const auto clip = [&](cv::Point2d point) {
    return cv::Point2d(std::clamp(point.x, -margin, picture.cols + margin),
                       std::clamp(point.y, -margin, picture.rows + margin));
  };
  from = clip(from);
  to = clip(to);
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  const double dash = 5.0 * thickness + 2;
  for (double at = 0; at < length; at += 2 * dash) {
    const double end = std::min(at + dash, length);
    const cv::Point2d step = (to - from) * (1 / length);
    const cv::Point2d a = from + step * at, b = from + step * end;
    cv::line(picture,
             fixed(a.x, a.y, picture),
             fixed(b.x, b.y, picture),
             color,
             thickness,
             cv::LINE_AA,
             kFraction);
  }
}

void draw_box(cv::Mat& picture, const Track& track, const Pen& pen) {
  const cv::Scalar color = color_of(track.id);
  const double right = track.x + track.width, bottom = track.y + track.height;
  if (track.state == Track::State::kLost) {
    dashed(picture, {track.x, track.y}, {right, track.y}, color, pen.thickness);
    dashed(picture, {track.x, bottom}, {right, bottom}, color, pen.thickness);
    dashed(picture, {track.x, track.y}, {track.x, bottom}, color, pen.thickness);
    dashed(picture, {right, track.y}, {right, bottom}, color, pen.thickness);
    return;
  }
  const int thickness = pen.thickness * (track.state == Track::State::kRecovered ? 2 : 1);
  cv::rectangle(picture,
                fixed(track.x, track.y, picture),
                fixed(right, bottom, picture),
                color,
                thickness,
                cv::LINE_AA,
                kFraction);
}

std::string label_of(const Track& track) {
  std::string text = std::to_string(track.id) + (track.label.empty() ? "" : " ");
  for (const char letter : track.label.substr(0, 20)) {  // the built-in font has ASCII only
    text += letter >= 0x20 && letter < 0x7f ? letter : '?';
  }
  return track.state == Track::State::kLost ? text + " lost" : text;
}

// A filled tag on the box's upper left corner; inside the box where there is no room above it.
void draw_label(cv::Mat& picture, const Track& track, const Pen& pen) {
  const std::string text = label_of(track);
  int baseline = 0;
  const cv::Size size = cv::getTextSize(text, kFont, pen.font, pen.text_thickness, &baseline);
  const int pad = 2 + pen.thickness;
  const int tall = size.height + 2 * pad, wide = size.width + 2 * pad;
  const double left = std::clamp(track.x - pen.thickness * 0.5, -64.0, picture.cols + 64.0);
  const double top = std::clamp(track.y - pen.thickness * 0.5, -64.0, picture.rows + 64.0);
  const int x =
      std::clamp(static_cast<int>(std::lround(left)), 0, std::max(0, picture.cols - wide));
  const int above = static_cast<int>(std::lround(top)) - tall;
  const int y = std::clamp(above >= 0 ? above : above + tall, 0, std::max(0, picture.rows - tall));
  const cv::Scalar color = color_of(track.id);
  const bool lost = track.state == Track::State::kLost;
  cv::rectangle(
      picture, cv::Rect(x, y, wide, tall), lost ? cv::Scalar(40, 40, 40) : color, cv::FILLED);
  const double light = 0.114 * color[0] + 0.587 * color[1] + 0.299 * color[2];
  const cv::Scalar ink = lost          ? color
                         : light > 110 ? cv::Scalar(0, 0, 0)
                                       : cv::Scalar(255, 255, 255);
  cv::putText(picture,
              text,
              {x + pad, y + pad + size.height},
              kFont,
              pen.font,
              ink,
              pen.text_thickness,
              cv::LINE_AA);
}

}  // namespace

OverlayPainter::OverlayPainter(int width, int height) : width_(width), height_(height) {}

void OverlayPainter::remember(double seconds, std::span<const Track> tracks) {
  for (const Track& track : tracks) {
    if (!drawable(track) || track.state == Track::State::kLost) continue;
    trails_[track.id].push_back({seconds, track.x + track.width / 2, track.y + track.height});
  }
  for (auto trail = trails_.begin(); trail != trails_.end();) {
    std::deque<Spot>& spots = trail->second;
    while (!spots.empty() && spots.front().seconds < seconds - kTrailSeconds) spots.pop_front();
    trail = spots.empty() ? trails_.erase(trail) : std::next(trail);
  }
}

void OverlayPainter::paint(std::vector<std::uint8_t>& bgr,
                           double seconds,
                           std::span<const Track> tracks) {
  cv::Mat picture(height_, width_, CV_8UC3, bgr.data());
  const Pen pen = pen_for(width_, height_);
  remember(seconds, tracks);
  for (const auto& [id, spots] : trails_) {
    for (std::size_t i = 1; i < spots.size(); ++i) {  // thin where old
      const double age = (seconds - spots[i].seconds) / kTrailSeconds;
      cv::line(picture,
               fixed(spots[i - 1].x, spots[i - 1].y, picture),
               fixed(spots[i].x, spots[i].y, picture),
               color_of(id),
               std::max(1, static_cast<int>(std::lround(pen.thickness * (1 - age)))),
               cv::LINE_AA,
               kFraction);
    }
  }
  for (const Track& track : tracks) {
    if (drawable(track)) draw_box(picture, track, pen);
  }
  for (const Track& track : tracks) {  // above all boxes, so that every number can be read
    if (drawable(track)) draw_label(picture, track, pen);
  }
}

}  // namespace heddle::io
