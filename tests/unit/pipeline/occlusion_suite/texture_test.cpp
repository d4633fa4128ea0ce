#include "pipeline/occlusion_suite/texture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

TEST(Texture, IsMirroredBeyondItsEdges) {
  const Texture texture = paint_texture(5);
  EXPECT_EQ(texture.at(1.1, 0.2), texture.at(0.9, 0.2));
  EXPECT_NEAR(texture.at(-1.3, 0.2)[0], texture.at(-0.7, 0.2)[0], 1e-3);
  EXPECT_NEAR(texture.at(4.5, 0.2)[0], texture.at(0.5, 0.2)[0], 1e-3);
}

TEST(Texture, IsNeverPlain) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    double sum = 0, squares = 0;
    const Texture texture = paint_texture(seed);
    for (const float value : texture.bgr) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
    const auto n = static_cast<double>(texture.bgr.size());
    EXPECT_GT(std::sqrt(squares / n - sum / n * sum / n), 8) << seed;
  }
}

TEST(Texture, OfAPictureHasItsColours) {
  io::Frame picture;
  picture.width = 40;
  picture.height = 20;
  picture.bgr.assign(40 * 20 * 3, 77);
  EXPECT_EQ(cut_texture(picture, 1).at(0.3, 0.4), (std::array<float, 3>{77, 77, 77}));
  picture.width = picture.height = 10;
  EXPECT_THROW(cut_texture(picture, 1), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
