#include "pipeline/detectors/suppression.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

Candidate at(double x, float score, int kind = 0) { return {{x, 0, 10, 10}, score, kind}; }

TEST(Suppression, KeepsTheBestOfBoxesThatOverlapAndAllOthers) {
  const auto kept = suppress({at(0, 0.5F), at(1, 0.9F), at(40, 0.3F)}, 0.45, 100);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].box.x, 1);
  EXPECT_EQ(kept[1].box.x, 40);
}

TEST(Suppression, LetsBoxesOverlapUpToTheLimit) {
  // 5 of 10 pixels shared: 50 of 150.
  EXPECT_EQ(suppress({at(0, 0.9F), at(5, 0.8F)}, 0.34, 100).size(), 2u);
  EXPECT_EQ(suppress({at(0, 0.9F), at(5, 0.8F)}, 0.33, 100).size(), 1u);
}

TEST(Suppression, LeavesOneBoxToAThingOfTwoClasses) {
  const auto kept = suppress({at(0, 0.8F, 2), at(0, 0.7F, 7)}, 0.45, 100);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].kind, 2);
}

TEST(Suppression, LooksAtTheBestOnly) {
  EXPECT_EQ(suppress({at(0, 0.1F), at(40, 0.9F), at(80, 0.5F)}, 0.45, 2).size(), 2u);
}

}  // namespace
}  // namespace heddle::pipeline
