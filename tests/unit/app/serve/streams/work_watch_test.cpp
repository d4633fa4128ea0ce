#include "app/serve/streams/work_watch.h"

#include "app/serve/streams/precedence.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace heddle::app::serve {
namespace {

TEST(WorkWatch, TellsWhatIsSlowFromWhatStandsStill) {
  using std::chrono::seconds;
  const Clock::Time start;
  WorkWatch watch(start);
  pipeline::RunReport report;
  report.entered = 5;
  report.left = 3;
  report.stages = {{.name = "infer", .items = 4}};
  watch.look(report, start + seconds(1));
  const std::int64_t beats = watch.beats();
  report.stages[0].busy_seconds = 4;  // one item computes on and on
  watch.look(report, start + seconds(8));
  EXPECT_EQ(watch.beats(), beats + 1);
  EXPECT_FALSE(watch.stalls());
  report.stages[0].busy_seconds = 17;
  watch.look(report, start + seconds(21));
  EXPECT_EQ(watch.beats(), beats + 2);
  EXPECT_FALSE(watch.stalls()) << "its one item is at work";
  watch.look(report, start + seconds(31));  // nobody computes
  EXPECT_EQ(watch.beats(), beats + 2);
  EXPECT_TRUE(watch.stalls());
  report.left = 4;
  watch.look(report, start + seconds(32));
  EXPECT_FALSE(watch.stalls());
  report.left = 5;
  watch.look(report, start + seconds(100));
  const std::int64_t before = watch.beats();
  watch.look(report, start + seconds(200));  // nothing to do
  EXPECT_EQ(watch.beats(), before + 1);
  EXPECT_FALSE(watch.stalls());
}

TEST(Precedence, GoesByPriorityWithinWhatAProcessMayDo) {
  const auto niceness_of = [](int priority) {
    int niceness = 0;
    std::thread([&] {
      take_precedence(priority);
      niceness = ::getpriority(PRIO_PROCESS, 0);
    }).join();
    return niceness;
  };
  const int own = ::getpriority(PRIO_PROCESS, 0);
  EXPECT_EQ(niceness_of(0), std::min(own + 5, 19));
  EXPECT_LE(niceness_of(3), niceness_of(0));
  EXPECT_EQ(niceness_of(1000), own);
  EXPECT_EQ(niceness_of(-1000), 19);
}

}  // namespace
}  // namespace heddle::app::serve
