#include "clips.h"
#include "io/sink.h"

#include <gtest/gtest.h>

#include <limits>

namespace heddle::io {
namespace {

Track track(std::int64_t id, Track::State state, const std::string& label) {
  return {.frame = 12,
          .seconds = 0.48,
          .id = id,
          .x = 10.004,
          .y = -3.5,
          .width = 20,
          .height = 40.256,
          .score = 0.87654,
          .state = state,
          .label = label};
}

using State = Track::State;

std::string csv_of(const std::vector<Record>& records) {
  const TemporaryFolder folder;
  const auto sink = open_sink("csv", folder / "tracks.csv", {});
  sink->write(Frame{.number = 12}, records);
  sink->close();
  return bytes_of(folder / "tracks.csv");
}

const std::string kColumns = "frame,seconds,id,state,label,score,left,top,width,height\r\n";

TEST(CsvSink, WritesEveryStateByIdWithAHeader) {
  EXPECT_EQ(csv_of({track(7, State::kLost, "car"), track(2, State::kNew, "")}),
            kColumns +
                "12,0.480000,2,new,,0.8765,10.00,-3.50,20.00,40.26\r\n"
                "12,0.480000,7,lost,car,0.8765,10.00,-3.50,20.00,40.26\r\n");
}

TEST(CsvSink, HasItsHeaderWhereNothingWasFound) { EXPECT_EQ(csv_of({}), kColumns); }

TEST(CsvSink, QuotesWhatRfc4180WantsQuoted) {
  const std::string text = csv_of({track(1, State::kTracked, "car, \"red\"\nold")});
  EXPECT_NE(text.find(",tracked,\"car, \"\"red\"\"\nold\",0.8765,"), std::string::npos) << text;
}

TEST(CsvSink, LeavesAFieldEmptyWhoseNumberIsNone) {
  Track odd = track(1, State::kTracked, "");
  odd.x = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(csv_of({odd}).ends_with(",0.8765,,-3.50,20.00,40.26\r\n"));
}

}  // namespace
}  // namespace heddle::io
