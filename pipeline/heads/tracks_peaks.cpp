#include "pipeline/heads/tracks_peaks.h"

#include "pipeline/encoders/patches_maps.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace heddle::pipeline {
namespace {

constexpr double kNeighbourShare = 0.5;  // of the peak's visibility
constexpr double kSilence = 0.6;         // of the box's scale
constexpr double kSameObject = 0.5;      // overlap from which two boxes are one object's
constexpr double kSelfWeight = 1e-6;     // so that a peak outside its own box still has a box

struct Cell {
  double x = 0, y = 0;            // centre, crop pixels
  double visible = 0;             // 0 once silenced
  std::array<double, 4> edges{};  // left, top, right, bottom
};

std::vector<Cell> read_cells(const attention::TensorView& logit,
                             const attention::TensorView& sides) {
  const float* l = logit.as<float>();
  const float* s = sides.as<float>();
  std::vector<Cell> cells(static_cast<std::size_t>(logit.size()));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    Cell& c = cells[i];
    const auto columns = static_cast<std::size_t>(logit.shape[1]);
    const std::size_t row = i / columns;
    c.x = static_cast<double>(i % columns) * kCellPixels + kCellPixels / 2.0;
    c.y = static_cast<double>(row) * kCellPixels + kCellPixels / 2.0;
    c.visible = 1 / (1 + std::exp(-static_cast<double>(l[i])));
    c.edges = {c.x - s[4 * i], c.y - s[4 * i + 1], c.x + s[4 * i + 2], c.y + s[4 * i + 3]};
  }
  return cells;
}

std::array<double, 4> mean_box(const std::vector<Cell>& cells, const Cell& peak) {
  const auto& [left, top, right, bottom] = peak.edges;
  std::array<double, 4> mean{};
  double total = 0;
  for (const Cell& c : cells) {
    const bool inside = c.x > left && c.x < right && c.y > top && c.y < bottom;
    double weight = &c == &peak ? kSelfWeight : 0;
    if (inside && c.visible > kNeighbourShare * peak.visible) weight += c.visible * c.visible;
    for (int i = 0; i < 4; ++i) mean[i] += weight * c.edges[i];
    total += weight;
  }
  for (double& edge : mean) edge /= total;
  return mean;
}

void silence(std::vector<Cell>& cells, const Box& box) {
  const double w = std::max<double>(box.width, kCellPixels);
  const double h = std::max<double>(box.height, kCellPixels);
  const double radius = kSilence * std::sqrt(w * h);
  for (Cell& c : cells) {
    if (std::hypot(c.x - box.centre_x(), c.y - box.centre_y()) < radius) c.visible = 0;
  }
}

/// Cells at the ends of a long object tell of it again.
bool known(const std::vector<CropPeak>& found, const Box& box) {
  return std::any_of(found.begin(), found.end(), [&](const CropPeak& peak) {
    return iou(peak.box, box) > kSameObject;
  });
}

}  // namespace

std::vector<CropPeak> find_peaks(const attention::TensorView& logit,
                                 const attention::TensorView& sides,
                                 double least,
                                 int most) {
  std::vector<Cell> cells = read_cells(logit, sides);
  const auto fainter = [](const Cell& a, const Cell& b) { return a.visible < b.visible; };
  std::vector<CropPeak> found;
  while (static_cast<int>(found.size()) < most) {
    const auto peak = std::max_element(cells.begin(), cells.end(), fainter);
    if (!found.empty() && (peak->visible < least || peak->visible <= 0)) break;
    const auto [left, top, right, bottom] = mean_box(cells, *peak);
    const CropPeak next{peak->visible, {left, top, right - left, bottom - top}};
    silence(cells, next.box);
    peak->visible = 0;
    if (!known(found, next.box)) found.push_back(next);
  }
  return found;
}

}  // namespace heddle::pipeline
