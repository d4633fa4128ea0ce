#include "pipeline/encoders/patches_maps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr double kHalfCrop = 128;
constexpr double kCentreSharpness = 4;  // e falls to 1/e at the middle of the box's sides
constexpr double kPriorFloor = -4;

double cell_centre(std::int64_t i) { return static_cast<double>(i) * kCellPixels + 4; }

/// The share of a cell, along one axis, that lies inside a box of `size` crop pixels.
double inside(double offset, double size) {
  return std::clamp((0.5 - std::abs(offset)) * size / kCellPixels + 0.5, 0.0, 1.0);
}

}  // namespace

void memory_values(const Box& box, int columns, const attention::TensorView& out) {
  if (out.rank != 2 || out.shape[1] != kMemoryValues || columns <= 0 ||
      out.shape[0] % columns != 0 || !out.contiguous() || !(box.width > 0) || !(box.height > 0)) {
    throw std::invalid_argument("memory_values: " + describe(out) + " in rows of " +
                                std::to_string(columns) + " for a box of " +
                                std::to_string(box.width) + "x" + std::to_string(box.height) +
                                "; pass whole rows of (cells, 4) and a box with positive sides");
  }
  float* to = out.as<float>();
  for (std::int64_t cell = 0; cell < out.shape[0]; ++cell, to += kMemoryValues) {
    const double u = (cell_centre(cell % columns) - box.centre_x()) / box.width;
    const double v = (cell_centre(cell / columns) - box.centre_y()) / box.height;
    const double m = inside(u, box.width) * inside(v, box.height);
    to[0] = static_cast<float>(m);
    to[1] = static_cast<float>(m * std::exp(-kCentreSharpness * (u * u + v * v)));
    to[2] = static_cast<float>(m * u);
    to[3] = static_cast<float>(m * v);
  }
}

void motion_prior(const MotionPrior& prior, const attention::TensorView& out) {
  if (out.rank != 2) {
    throw std::invalid_argument("motion_prior: the output is " + describe(out) + "; pass (h, w)");
  }
  float* const to = out.as<float>();
  const bool flat = prior.sigma >= kFlatPrior;
  const double scale = 1 / (kHalfCrop * kHalfCrop * 2 * prior.sigma * prior.sigma);
  for (std::int64_t i = 0; i < out.shape[0]; ++i) {
    const double dy = cell_centre(i) - prior.cy;
    for (std::int64_t j = 0; j < out.shape[1]; ++j) {
      const double dx = cell_centre(j) - prior.cx;
      const double value = std::max(-(dx * dx + dy * dy) * scale, kPriorFloor) / -kPriorFloor;
      to[i * out.stride[0] + j * out.stride[1]] = flat ? 0.0F : static_cast<float>(value);
    }
  }
}

}  // namespace heddle::pipeline
