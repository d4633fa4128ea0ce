#include "app/report.h"
#include "app/time_to_go.h"

#include <gtest/gtest.h>

namespace heddle::app {
namespace {

TEST(ProgressOf, ASmallInputThatIsReadWholeIsNotDone) {
  pipeline::RunReport run;
  run.source_position = 9000;
  EXPECT_EQ(progress_of(run, 9000).done, 0);
  run.entered = 4;
  EXPECT_EQ(progress_of(run, 9000).done, 0);
  run.left = 3;
  EXPECT_EQ(progress_of(run, 9000).done, 6750);
  EXPECT_EQ(progress_of(run, 9000).items, 3);
  run.left = 4;
  EXPECT_EQ(progress_of(run, 9000).done, 9000);
}

TEST(TimeToGo, IsUnknownUntilSomethingIsDoneAndNothingAtTheEnd) {
  TimeToGo to_go;
  EXPECT_LT(to_go.after(1, 0), 0);
  EXPECT_GT(to_go.after(2, 0.5), 0);
  EXPECT_EQ(to_go.after(3, 1), 0);
}

TEST(TimeToGo, IsSteadyWhereItemsLeaveInBursts) {
  // 1,000 s of work, of which 6 to 35 s come out at once.
  TimeToGo to_go;
  const double bursts[] = {0, 12, 18, 46, 52, 80, 99, 105, 140, 146, 180, 200};
  std::size_t next = 1;
  for (int now = 1; now < 200; ++now) {
    if (now >= bursts[next]) ++next;
    const double left = to_go.after(now, bursts[next - 1] / 1000);
    if (now > 60) EXPECT_NEAR(left, 1000 - now, 0.06 * (1000 - now)) << now;
  }
}

}  // namespace
}  // namespace heddle::app
