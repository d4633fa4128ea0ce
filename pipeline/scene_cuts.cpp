#include "pipeline/scene_cuts.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace heddle::pipeline {
namespace {

constexpr int kSamples = 4;            // a cell's side, in pixels that are looked at
constexpr double kCellChanged = 0.15;  // of the mean brightness
constexpr double kMostCells = 0.6;     // share of the grid
constexpr double kOtherColours = 0.3;  // share of the histogram
constexpr double kSudden = 3;          // times the usual change of the grid
constexpr double kUsualGain = 0.1;

}  // namespace

SceneCuts::Summary SceneCuts::summary_of(const io::Frame& frame) {
  Summary summary;
  double brightness = 0;
  std::vector<std::array<std::uint8_t, 3>> seen;
  seen.reserve(std::size_t{kColumns} * kRows * kSamples * kSamples);
  for (int row = 0; row < kRows * kSamples; ++row) {
    const auto y = static_cast<std::size_t>((row + 0.5) * frame.height / (kRows * kSamples));
    for (int column = 0; column < kColumns * kSamples; ++column) {
      const auto x = static_cast<std::size_t>((column + 0.5) * frame.width / (kColumns * kSamples));
      const std::uint8_t* bgr = frame.bgr.data() + (y * frame.width + x) * 3;
      float* cell = &summary.cells[3 * (row / kSamples * kColumns + column / kSamples)];
      for (int c = 0; c < 3; ++c) {
        cell[c] += bgr[c];
        brightness += bgr[c];
      }
      seen.push_back({bgr[0], bgr[1], bgr[2]});
    }
  }
  const auto samples = static_cast<double>(seen.size());
  const double mean = std::max(brightness / (3 * samples), 1.0);
  for (float& cell : summary.cells) cell /= static_cast<float>(kSamples * kSamples * mean);
  for (const auto& bgr : seen) {
    std::size_t bin = 0;
    for (const std::uint8_t value : bgr) {  // half, once, one and a half times the mean brightness
      bin = bin * kTones + static_cast<std::size_t>(std::min(value / mean * 2, kTones - 1.0));
    }
    summary.histogram[bin] += static_cast<float>(1 / samples);
  }
  return summary;
}

bool SceneCuts::begins(const io::Frame& frame) {
  if (frame.bgr.empty()) return false;
  const Summary now = summary_of(frame);
  const bool first = width_ == 0;
  const bool resized = !first && (frame.width != width_ || frame.height != height_);
  width_ = frame.width;
  height_ = frame.height;
  double moved = 0, changed = 0, other = 0;
  for (std::size_t i = 0; i < now.cells.size(); i += 3) {
    double cell = 0;
    for (std::size_t c = i; c < i + 3; ++c) cell += std::abs(now.cells[c] - last_.cells[c]) / 3;
    moved += cell;
    if (cell > kCellChanged) ++changed;
  }
  for (std::size_t i = 0; i < now.histogram.size(); ++i) {
    other += std::abs(now.histogram[i] - last_.histogram[i]) / 2;
  }
  const double cells = kColumns * kRows;
  moved /= cells;
  last_ = now;
  const bool other_scene =
      changed > kMostCells * cells && other > kOtherColours && moved > kSudden * usual_;
  const bool cut = resized || (!first && other_scene);
  if (cut) ++count_;
  if (!cut && !first) usual_ += kUsualGain * (moved - usual_);
  return cut;
}

}  // namespace heddle::pipeline
