#include "app/serve/streams/stage_totals.h"

#include <gtest/gtest.h>

namespace heddle::app::serve {
namespace {

pipeline::StageStats worked(std::int64_t quick, std::int64_t slow, double seconds) {
  pipeline::StageStats stats;
  stats.name = "infer";
  stats.finished_seconds = seconds;
  stats.classes[0] = quick;
  stats.classes.back() = slow;
  return stats;
}

TEST(StageTotals, AddWhatIsNewOfEachStreamAndKeepItWhenOneGoes) {
  StageTotals totals;
  {
    std::vector<pipeline::StageStats> told;
    totals.add("genome", {worked(3, 0, 1)}, told);
    totals.add("genome", {worked(5, 1, 2)}, told);
  }
  std::vector<pipeline::StageStats> told;
  totals.add("genome", {worked(1, 0, 0.5)}, told);
  totals.add("video", {worked(7, 0, 0.25)}, told = {});
  const auto all = totals.all();
  ASSERT_EQ(all.size(), 2u);
  const pipeline::StageStats& genome = all.at({"genome", "infer"});
  EXPECT_EQ(genome.classes[0], 6);
  EXPECT_EQ(genome.classes.back(), 1);
  EXPECT_DOUBLE_EQ(genome.finished_seconds, 2.5);
  EXPECT_EQ(all.at({"video", "infer"}).classes[0], 7);
}

TEST(StageTotals, BearAStreamWhoseGraphIsNotThereYet) {
  StageTotals totals;
  std::vector<pipeline::StageStats> told;
  totals.add("video", {}, told);
  EXPECT_TRUE(totals.all().empty());
  totals.add("video", {worked(2, 0, 1)}, told);
  EXPECT_EQ(totals.all().at({"video", "infer"}).classes[0], 2);
}

}  // namespace
}  // namespace heddle::app::serve
