#include "app/gene_passes.h"

#include <gtest/gtest.h>

namespace heddle::app {
namespace {

const Job& genes() { return job_of("genome", "genes"); }

TEST(FasterWays, AreTheDefaultModelAndOnePassWhereTheRunIsNeither) {
  EXPECT_EQ(faster_ways(genes(), "genes-reference", 2),
            "; genes-tiny, the default, is several times as fast, --passes 1 twice, at a loss of "
            "accuracy");
}

TEST(FasterWays, AreOnePassAloneWhereTheDefaultModelRuns) {
  EXPECT_EQ(faster_ways(genes(), "genes-tiny", 2),
            "; --passes 1 is twice as fast, at a loss of accuracy");
}

TEST(FasterWays, AreNoneOfOnePass) {
  EXPECT_EQ(faster_ways(genes(), "genes-tiny", 1), "");
  EXPECT_EQ(faster_ways(genes(), "mine", 1), "");
}

}  // namespace
}  // namespace heddle::app
