// The vision bench, tiny.

#include "attention/bench/vision.h"

#include <gtest/gtest.h>

#include <set>

namespace heddle::attention::bench {
namespace {

VisionSettings tiny() {
  VisionSettings settings;
  settings.side = 24;
  settings.kernel = 5;
  settings.steps = 60;
  settings.batch = 2;
  settings.learning_rate = 0.01;
  settings.channels = 16;
  settings.layers = 2;
  return settings;
}

TEST(BenchVision, BothPatternsLearnAndTheNeighbourhoodReadsFewerKeys) {
  const VisionSettings settings = tiny();
  VisionSettings none = settings;
  none.steps = 1;
  const auto [near, dense] = vision_patterns(settings);
  for (const std::string& pattern : {near, dense}) {
    const VisionResult before = measure_vision(none, pattern);
    const VisionResult after = measure_vision(settings, pattern);
    EXPECT_LT(after.loss, 0.8 * before.loss) << pattern;
    EXPECT_GT(after.right, 0.5) << pattern;
    EXPECT_EQ(after.keys, pattern == near ? 25 : 144);
    EXPECT_GT(after.image_seconds, 0);
  }
}

TEST(BenchVision, TheNeighbourhoodCostsLessWork) {
  VisionSettings settings = tiny();
  settings.steps = 1;
  const auto [near, dense] = vision_patterns(settings);
  EXPECT_LT(measure_vision(settings, near).image_flop, measure_vision(settings, dense).image_flop);
}

TEST(DrawnShapes, AreTheSameForTheSameKeyAndOthersForAnother) {
  const DrawnShapes shapes(32);
  Tensor image(DType::kF32, {32, 32, 3}), labels(DType::kU8, {256, 1});
  const train::Batch batch{{{"image", image.view()}}, labels.view()};
  const auto drawn = [&](const train::SampleKey& key) {
    shapes.fill(key, batch);
    return std::vector<float>(image.view().as<float>(), image.view().as<float>() + 32 * 32 * 3);
  };
  const std::vector<float> one = drawn({1, 2, 3});
  EXPECT_NE(drawn({1, 2, 4}), one);
  EXPECT_EQ(drawn({1, 2, 3}), one);
}

TEST(DrawnShapes, EveryKindIsDrawn) {
  const DrawnShapes shapes(32);
  Tensor image(DType::kF32, {32, 32, 3}), labels(DType::kU8, {256, 1});
  const train::Batch batch{{{"image", image.view()}}, labels.view()};
  std::set<int> kinds;
  for (std::int64_t i = 0; i < shapes.validation_samples(); ++i) {
    shapes.fill_validation(i, batch);
    for (int cell = 0; cell < 256; ++cell) kinds.insert(labels.view().as<std::uint8_t>()[cell]);
  }
  EXPECT_EQ(kinds, (std::set<int>{0, 1, 2, 3, 4}));
}

TEST(DrawnShapes, AnOddSideIsRefused) { EXPECT_THROW(DrawnShapes(33), std::invalid_argument); }

}  // namespace
}  // namespace heddle::attention::bench
