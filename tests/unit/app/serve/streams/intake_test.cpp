#include "app/serve/streams/intake.h"

#include "app/serve/streams/paced.h"
#include "tests/unit/app/serve/streams/drawn_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace heddle::app::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// An intake over connections that are drawings, each opened once; nothing after the last.
class Connections : public ::testing::Test {
 protected:
  /// `refusals` first, then the drawings.
  void connect(int refusals, std::vector<Drawing> drawings) {
    const auto open = [this, refusals, drawings](int stop) -> std::unique_ptr<io::Source> {
      const int attempt = attempts_++;
      if (attempt < refusals) throw io::InputError("nobody there");
      const auto at = static_cast<std::size_t>(attempt - refusals);
      if (at + 1 == drawings.size()) last_ = true;
      return std::make_unique<DrawnSource>(drawings.at(at), stop);
    };
    const auto trouble = [this](const Trouble& what) { troubles_.emplace_back(what.code.text()); };
    intake_ = std::make_unique<Intake>(
        std::make_unique<LiveParts>(open, LiveParts::World{clock_, halt_, patience_, {trouble}}),
        Intake::World{clock_,
                      halt_,
                      patience_,
                      gaps_,
                      meters_,
                      [](const io::SourceInfo&) {},
                      [this] {
                        if (last_) halt_.raise();
                      },
                      trouble});
  }

  std::vector<io::Frame> read_all() {
    std::vector<io::Frame> frames;
    if (!intake_->open()) return frames;
    while (auto sample = intake_->next()) {
      frames.push_back(std::move(std::get<io::Frame>(*sample)));
      clock_.pass(std::chrono::milliseconds(40));
    }
    return frames;
  }

  TestClock clock_;
  Halt halt_;
  Patience patience_{clock_, halt_};
  GapNotes gaps_;
  Meters meters_;
  std::vector<std::string> troubles_;
  std::unique_ptr<Intake> intake_;
  int attempts_ = 0;
  bool last_ = false;
};

TEST_F(Connections, CountOnAndKeepTimeOverAHole) {
  connect(0, {{.frames = 5, .live = true}, {.frames = 5, .live = true}});
  const auto frames = read_all();
  ASSERT_THAT(frames, SizeIs(10));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].number, static_cast<std::int64_t>(i));
    EXPECT_EQ(frames[i].after_gap, i == 5);
  }
  const double slept = clock_.sleeps().at(0);
  EXPECT_NEAR(frames[5].seconds - frames[4].seconds, 0.04 + slept, 1e-6);
  const auto gap = gaps_.next(5);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->reason, "reconnect");
  EXPECT_DOUBLE_EQ(gap->from, frames[4].seconds);
  EXPECT_DOUBLE_EQ(gap->to, frames[5].seconds);
}

TEST_F(Connections, AreSoughtAgainAfterGrowingPauses) {
  connect(9, {{.frames = 3, .live = true}});
  EXPECT_THAT(read_all(), SizeIs(3));
  const auto pauses = clock_.sleeps();
  ASSERT_THAT(pauses, SizeIs(9));
  for (std::size_t i = 0; i < pauses.size(); ++i) {
    const double full = std::min(30.0, 0.5 * static_cast<double>(1 << i));
    EXPECT_LE(pauses[i], full);
    EXPECT_GE(pauses[i], 0.75 * full);
  }
  EXPECT_EQ(troubles_, std::vector<std::string>(9, "connection_failed"));
}

TEST_F(Connections, ThatBreakAreToldAndSoughtAgain) {
  connect(0, {{.frames = 9, .live = true, .fails_before = 4}, {.frames = 2, .live = true}});
  EXPECT_THAT(read_all(), SizeIs(6));
  EXPECT_THAT(troubles_, ElementsAre("connection_lost"));
  EXPECT_LE(clock_.sleeps().at(0), 0.5);  // it had delivered: the pauses begin anew
}

TEST_F(Connections, ThatFallSilentAreGivenUpAfterFiveSeconds) {
  connect(0, {{.frames = 9, .live = true, .silent_before = 4}, {.frames = 2, .live = true}});
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    while (!done) {
      clock_.pass(std::chrono::seconds(1));
      patience_.look();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  const auto frames = read_all();
  done = true;
  watcher.join();
  EXPECT_THAT(frames, SizeIs(6));
  EXPECT_THAT(troubles_, ElementsAre("stalled"));
  EXPECT_EQ(gaps_.next(4)->reason, "stall");
  EXPECT_GE(frames[4].seconds - frames[3].seconds, 5);
}

TEST_F(Connections, TellOfAJumpInTime) {
  connect(0, {{.frames = 8, .live = true, .jumps_before = 3}});
  const auto frames = read_all();
  EXPECT_TRUE(frames[3].after_gap);
  const auto gap = gaps_.next(3);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->reason, "timestamp_jump");
  EXPECT_NEAR(gap->to - gap->from, 20.04, 1e-6);
}

TEST_F(Connections, ToAFileEndWithIt) {
  class Finite final : public io::Source {
   public:
    Finite() {
      info_.video = true;
      info_.total = 1;
    }
    const io::SourceInfo& info() const override { return info_; }
    std::optional<io::Sample> next() override { return std::nullopt; }
    std::int64_t position() const override { return 0; }
    io::SourceInfo info_;
  };
  LiveParts parts([](int) { return std::make_unique<Finite>(); },
                  {clock_, halt_, patience_, {[](const Trouble&) {}}});
  EXPECT_NE(parts.next(), nullptr);
  EXPECT_FALSE(parts.go_on(""));
}

TEST(Paced, WaitsForEachFramesTime) {
  TestClock clock;
  Halt halt;
  const auto source =
      paced(std::make_unique<DrawnSource>(Drawing{.frames = 4, .rate = 10}), clock, halt);
  const auto start = clock.now();
  int frames = 0;
  while (source->next()) ++frames;
  EXPECT_EQ(frames, 4);
  EXPECT_NEAR(std::chrono::duration<double>(clock.now() - start).count(), 0.3, 1e-6);
}

TEST(Paced, HurriesThroughWhatAnEarlierProcessShowed) {
  TestClock clock;
  Halt halt;
  const auto source = paced(
      std::make_unique<DrawnSource>(Drawing{.frames = 40, .rate = 10}), clock, halt, {.shown = 36});
  const auto start = clock.now();
  while (source->next()) {
  }
  EXPECT_NEAR(std::chrono::duration<double>(clock.now() - start).count(), 0.3, 1e-6);
}

}  // namespace
}  // namespace heddle::app::serve
