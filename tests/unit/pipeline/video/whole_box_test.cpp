#include "pipeline/associations/whole_box.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

constexpr int kWidth = 1000, kHeight = 400;
constexpr double kLeast = 0.1;

void expect_same(const Box& box, const Box& other) {
  EXPECT_DOUBLE_EQ(box.x, other.x);
  EXPECT_DOUBLE_EQ(box.y, other.y);
  EXPECT_DOUBLE_EQ(box.width, other.width);
  EXPECT_DOUBLE_EQ(box.height, other.height);
}

TEST(WholeBox, BeyondTheBorderItIsAsLongAsExpected) {
  expect_same(whole_box({960, 200, 40, 80}, {955, 200, 100, 80}, kWidth, kHeight, kLeast),
              {960, 200, 100, 80});
  expect_same(whole_box({0, 200, 40, 80}, {-55, 200, 100, 80}, kWidth, kHeight, kLeast),
              {-60, 200, 100, 80});
  expect_same(whole_box({500, 350, 100, 50}, {500, 345, 100, 80}, kWidth, kHeight, kLeast),
              {500, 350, 100, 80});
}

TEST(WholeBox, ABoxInsideIsWhole) {
  const Box inside{500, 200, 40, 60};
  expect_same(whole_box(inside, {950, 200, 100, 80}, kWidth, kHeight, kLeast), inside);
}

TEST(WholeBox, WhatIsExpectedInsideIsNotCut) {
  const Box narrower{0, 200, 80, 80};
  expect_same(whole_box(narrower, {2, 200, 100, 80}, kWidth, kHeight, kLeast), narrower);
}

TEST(WholeBox, ABoxThatLacksNoMoreThanNoiseIsNotCut) {
  const Box seen{905, 200, 95, 80}, expected{905, 200, 100, 80};
  expect_same(whole_box(seen, expected, kWidth, kHeight, 0.06), seen);
  expect_same(whole_box(seen, expected, kWidth, kHeight, 0.04), expected);
}

TEST(WholeBox, WhatComesInIsAsLargeAsItIsSeen) {
  const Box larger{0, 200, 120, 80};
  expect_same(whole_box(larger, {-20, 200, 100, 80}, kWidth, kHeight, kLeast), larger);
}

TEST(WholeBox, ABoxThatReachesBeyondTheBorderIsNotCut) {
  const Box beyond{-30, 200, 60, 80};
  expect_same(whole_box(beyond, {-40, 200, 100, 80}, kWidth, kHeight, kLeast), beyond);
}

TEST(WholeBox, WithoutThePicturesSizeNothingIsCut) {
  const Box box{0, 0, 40, 40};
  expect_same(whole_box(box, {-10, 0, 100, 80}, 0, 0, kLeast), box);
}

TEST(WholeBox, TheVisiblePartEndsAtTheBorder) {
  expect_same(visible_part({-10, 350, 100, 80}, kWidth, kHeight), {0, 350, 90, 50});
  EXPECT_EQ(visible_part({1010, 100, 50, 50}, kWidth, kHeight).area(), 0);
}

}  // namespace
}  // namespace heddle::pipeline
