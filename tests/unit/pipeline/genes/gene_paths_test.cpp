#include "pipeline/heads/genes/gene_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

GeneEvent at(std::int64_t position) { return {.position = position}; }

class Paths : public testing::Test {
 protected:
  std::vector<std::int64_t> settle(std::vector<GenePath>& live) {
    std::vector<std::int64_t> decided;
    paths.settle(live, [&](const GeneEvent& event) { decided.push_back(event.position); });
    return decided;
  }
  GenePaths paths;
};

TEST_F(Paths, OneLivePathIsDecidedToItsEnd) {
  std::vector<GenePath> live = {{0, paths.add(at(2), paths.add(at(1), 0))}, {}};
  EXPECT_THAT(settle(live), ElementsAre(1, 2));
  EXPECT_THAT(settle(live), IsEmpty());
  EXPECT_EQ(paths.oldest(9), 9);
}

TEST_F(Paths, WhatLivePathsShareIsDecidedOnceAndInOrder) {
  const std::int32_t shared = paths.add(at(2), paths.add(at(1), 0));
  paths.add(at(3), shared);  // nobody lives there
  std::vector<GenePath> live = {{0, paths.add(at(4), shared)}, {0, paths.add(at(5), shared)}};
  EXPECT_THAT(settle(live), ElementsAre(1, 2));
  EXPECT_EQ(paths.oldest(9), 4);
  live[0].forbid();
  EXPECT_THAT(settle(live), ElementsAre(5));
}

TEST_F(Paths, APathThatStopsAtAForkHoldsTheRest) {
  const std::int32_t first = paths.add(at(1), 0);
  std::vector<GenePath> live = {{0, first}, {0, paths.add(at(2), first)}};
  EXPECT_THAT(settle(live), ElementsAre(1));
  live[0].event = paths.add(at(3), live[1].event);
  EXPECT_THAT(settle(live), ElementsAre(2));
  live[1].forbid();
  EXPECT_THAT(settle(live), ElementsAre(3));
}

TEST_F(Paths, ForcedAgreementKeepsOnlyTheBestOnesPast) {
  const std::int32_t left = paths.add(at(1), 0), right = paths.add(at(2), 0);
  std::vector<GenePath> live = {
      {5, paths.add(at(30), left)}, {9, paths.add(at(40), right)}, {3, right}};
  paths.agree(live, live[1], 10);
  EXPECT_FALSE(live[0].possible());
  EXPECT_TRUE(live[1].possible() && live[2].possible());
  EXPECT_THAT(settle(live), ElementsAre(2));
}

}  // namespace
}  // namespace heddle::pipeline
