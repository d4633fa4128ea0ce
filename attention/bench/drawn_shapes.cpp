#include "attention/bench/drawn_shapes.h"

#include "attention/train/seeds.h"

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::attention::bench {
namespace {

using train::seed_of;

/// Numbers of one image, in their order.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  double uniform(double low, double high) {
    const std::uint64_t bits = seed_of({seed_, count_++}) >> 11;
    return low + (high - low) * static_cast<double>(bits) * 0x1p-53;
  }
  std::array<float, 3> colour() {
    std::array<float, 3> made{};
    for (float& channel : made) channel = static_cast<float>(uniform(0.1, 0.9));
    return made;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

struct Figure {
  int kind = 1;  // its label
  double x = 0, y = 0, radius = 1, turn = 0;
  std::array<float, 3> colour{};

  bool holds(double px, double py) const {
    const double dx = (px - x) / radius;
    const double dy = (py - y) / radius;
    const double away = std::hypot(dx, dy);
    const double u = dx * std::cos(turn) + dy * std::sin(turn);
    const double v = dy * std::cos(turn) - dx * std::sin(turn);
    if (kind == 1) return away < 0.9;
    if (kind == 2) return std::max(std::abs(u), std::abs(v)) < 0.8;
    if (kind == 3) return v > -0.6 && v < 1.1 - 1.7 * std::abs(u);
    return away < 1 && away > 0.45;
  }
};

std::vector<Figure> shapes_of(Draws& draws, double side) {
  std::vector<Figure> made(2 + static_cast<std::size_t>(draws.uniform(0, 2)));
  for (Figure& shape : made) {
    shape.kind = 1 + static_cast<int>(draws.uniform(0, kShapeKinds));
    shape.radius = draws.uniform(0.14, 0.26) * side;
    shape.x = draws.uniform(0.15, 0.85) * side;
    shape.y = draws.uniform(0.15, 0.85) * side;
    shape.turn = draws.uniform(0, 2 * std::numbers::pi);
    shape.colour = draws.colour();
  }
  return made;
}

/// The last one drawn there; null: none.
const Figure* topmost(const std::vector<Figure>& shapes, double x, double y) {
  for (std::size_t i = shapes.size(); i-- > 0;) {
    if (shapes[i].holds(x, y)) return &shapes[i];
  }
  return nullptr;
}

}  // namespace

DrawnShapes::DrawnShapes(std::int64_t side) : side_(side) {
  if (side >= 16 && side % 2 == 0) return;
  throw std::invalid_argument("drawn shapes: a side is even and 16 pixels or more, not " +
                              std::to_string(side));
}

void DrawnShapes::draw(std::uint64_t seed, const train::Batch& batch) const {
  const TensorView& image = batch.inputs.at("image");
  if (image.size() != side_ * side_ * 3 || batch.labels.size() != cells() * cells()) {
    throw std::invalid_argument("drawn shapes: the model must take 'image' f32 (" +
                                std::to_string(side_) + ", " + std::to_string(side_) +
                                ", 3) and label cells of 2 x 2");
  }
  Draws draws(seed);
  const std::array<float, 3> ground = draws.colour();
  const std::vector<Figure> shapes = shapes_of(draws, static_cast<double>(side_));
  auto* pixels = image.as<float>();
  for (std::int64_t i = 0; i < side_ * side_; ++i) {
    const Figure* shape =
        topmost(shapes, static_cast<double>(i % side_) + 0.5, static_cast<double>(i / side_) + 0.5);
    const std::array<float, 3>& colour = shape == nullptr ? ground : shape->colour;
    for (const float channel : colour) {
      *pixels++ = channel + static_cast<float>(draws.uniform(-0.08, 0.08));
    }
  }
  auto* labels = batch.labels.as<std::uint8_t>();
  for (std::int64_t i = 0; i < cells() * cells(); ++i) {
    const Figure* shape = topmost(shapes,
                                  static_cast<double>(2 * (i % cells()) + 1),
                                  static_cast<double>(2 * (i / cells()) + 1));
    labels[i] = static_cast<std::uint8_t>(shape == nullptr ? 0 : shape->kind);
  }
}

void DrawnShapes::fill(const train::SampleKey& key, const train::Batch& batch) const {
  draw(seed_of(
           {key.seed, static_cast<std::uint64_t>(key.step), static_cast<std::uint64_t>(key.index)}),
       batch);
}

void DrawnShapes::fill_validation(std::int64_t index, const train::Batch& batch) const {
  // No seed of training is mixed from two numbers.
  draw(seed_of({0x5eed, static_cast<std::uint64_t>(index)}), batch);
}

}  // namespace heddle::attention::bench
