#include "app/gene_passes.h"

#include <gtest/gtest.h>

namespace heddle::app {
namespace {

const Job& genes() { return job_of("genome", "genes"); }

TEST(FasterWays, AreTheQuickModelAndOnePassWhereTheRunIsNeither) {
  EXPECT_EQ(faster_ways(genes(), "genes-reference", 2, true),
            "; -m genes-tiny is several times as fast, --passes 1 twice, at a loss of accuracy");
  EXPECT_EQ(faster_ways(genes(), "mine", 1, true),
            "; -m genes-tiny is several times as fast, at a loss of accuracy");
}

TEST(FasterWays, DoNotNameTheQuickModelWhereItRunsOrIsNotThere) {
  const char* one_pass = "; --passes 1 is twice as fast, at a loss of accuracy";
  EXPECT_EQ(faster_ways(genes(), "genes-tiny", 2, true), one_pass);
  EXPECT_EQ(faster_ways(genes(), "genes-reference", 2, false), one_pass);
  EXPECT_EQ(faster_ways(genes(), "genes-tiny", 1, true), "");
  EXPECT_EQ(faster_ways(genes(), "genes-reference", 1, false), "");
}

}  // namespace
}  // namespace heddle::app
