#include "pipeline/associations/tremble.h"

#include "pipeline/simulation/draws.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::pipeline {
namespace {

/// The mean of what 3000 boxes of one thing say, whose centre is `path` and who tremble by `noise`
/// of their sides.
double said(double noise, double (*path)(int)) {
  NoiseDraws draws(3);
  Tremble tremble;
  double sum = 0;
  int count = 0;
  for (int frame = 0; frame < 3000; ++frame) {
    const double right = draws.normal(), down = draws.normal();
    const double wider = draws.normal(), taller = draws.normal();
    const auto evidence = tremble.add(centred_box(path(frame) + 40 * noise * right,
                                                  200 + 100 * noise * down,
                                                  40 * std::exp(noise * wider),
                                                  100 * std::exp(noise * taller)));
    if (!evidence) continue;
    sum += *evidence;
    ++count;
  }
  return sum / count;
}

double steady(int frame) { return 2 * frame; }
double turning(int frame) { return 200 + 100 * std::sin(frame / 10.0); }

TEST(Tremble, IsTheVarianceOfNoise) {
  EXPECT_NEAR(said(0.05, steady), 0.0025, 0.0003);
  EXPECT_NEAR(said(0.02, steady), 0.0004, 0.00005);
}

TEST(Tremble, IsNotTheTurningOfAThing) {
  EXPECT_LE(said(0, turning), 0);
  EXPECT_NEAR(said(0.05, turning), 0.0025, 0.0003);
}

TEST(Tremble, SaysNothingAcrossAGap) {
  Tremble tremble;
  const Box box{10, 10, 20, 40};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(tremble.add(box));
  EXPECT_TRUE(tremble.add(box));
  tremble.gap();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(tremble.add(box));
}

}  // namespace
}  // namespace heddle::pipeline
