#include "app/report.h"

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

}  // namespace
}  // namespace heddle::app
