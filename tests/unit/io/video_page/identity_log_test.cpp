#include "io/formats/video_page/identity_log.h"

#include "records.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using State = Track::State;
using Records = std::vector<Record>;

TEST(IdentityLog, TellsWhenAnIdentityWasSeenAndAway) {
  IdentityLog log;
  for (int i = 0; i < 10; ++i) log.add(frame_at(i), Records{track_at(i, 1)});
  for (int i = 10; i < 30; ++i) log.add(frame_at(i), Records{track_at(i, 1, State::kLost)});
  const auto back = log.add(frame_at(30), Records{track_at(30, 1, State::kRecovered)});
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].id, 1);
  EXPECT_DOUBLE_EQ(back[0].left, 0.9);
  EXPECT_DOUBLE_EQ(back[0].back, 3.0);
  const std::vector<Identity> kept = log.kept();
  ASSERT_EQ(kept.size(), 1u);
  ASSERT_EQ(kept[0].spans.size(), 3u);
  EXPECT_FALSE(kept[0].spans[1].seen);
  EXPECT_DOUBLE_EQ(kept[0].spans[1].from, 0.9);
  EXPECT_EQ(kept[0].frames, 11);
  EXPECT_EQ(log.returns(), 1);
  EXPECT_EQ(log.identities(), 1);
}

TEST(IdentityLog, TakesAMissedFrameForNoAbsence) {
  IdentityLog log;
  log.add(frame_at(0), Records{track_at(0, 1)});
  log.add(frame_at(1), {});
  EXPECT_TRUE(log.add(frame_at(2), Records{track_at(2, 1)}).empty());
  EXPECT_EQ(log.kept()[0].spans.size(), 1u);
}

TEST(IdentityLog, CountsFramesAsTheyComeWhateverTheirNumbers) {
  IdentityLog log;  // every tenth frame of a video: none is missed
  for (int i = 0; i < 100; i += 10)
    EXPECT_TRUE(log.add(frame_at(i), Records{track_at(i, 1)}).empty());
  EXPECT_EQ(log.kept()[0].spans.size(), 1u);
}

TEST(IdentityLog, KeepsTheEndedIdentitiesThatWereSeenLongestAndCountsAll) {
  IdentityLog log;
  const auto many = static_cast<std::int64_t>(IdentityLog::kMostEnded) + 50;
  std::int64_t frame = 0;
  for (std::int64_t id = 1; id <= many; ++id) {
    for (int i = 0; i < (id == 7 ? 20 : 2); ++i, ++frame) {
      log.add(frame_at(frame), Records{track_at(frame, id)});
    }
    log.add(frame_at(frame), Records{track_at(frame, id, State::kEnded)});
    ++frame;
  }
  EXPECT_EQ(log.identities(), many);
  const std::vector<Identity> kept = log.kept();
  EXPECT_EQ(kept.size(), IdentityLog::kMostEnded);
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](const Identity& one) {
    return one.id == 7 && one.frames == 20;
  }));
}

TEST(IdentityLog, EndsWhoIsAwayForLong) {
  IdentityLog log;
  log.add(frame_at(0), Records{track_at(0, 1)});
  for (int i = 1; i < 1200; ++i) log.add(frame_at(i), Records{track_at(i, 2)});
  EXPECT_EQ(log.kept().size(), 2u) << "ended ones are kept too";
  EXPECT_TRUE(log.add(frame_at(1200), Records{track_at(1200, 1)}).empty())
      << "whoever comes back after a minute is new to the log";
}

TEST(IdentityLog, BoundsThePathAndTheSpansOfOneIdentity) {
  IdentityLog log;
  for (int i = 0; i < 20000; ++i) {
    const bool seen = i % 20 < 10;
    log.add(frame_at(i),
            seen ? Records{track_at(i, 1, i % 20 == 0 ? State::kRecovered : State::kTracked)}
                 : Records{track_at(i, 1, State::kLost)});
  }
  const Identity identity = log.kept().at(0);
  EXPECT_LE(identity.path.size(), IdentityLog::kMostPoints);
  EXPECT_GE(identity.path.size(), IdentityLog::kMostPoints / 4);
  EXPECT_LE(identity.spans.size(), IdentityLog::kMostSpans);
  EXPECT_EQ(identity.returns, 999);
  EXPECT_DOUBLE_EQ(identity.first_seconds(), 0);
  EXPECT_DOUBLE_EQ(identity.last_seconds(), 1998.9);
  for (std::size_t i = 1; i < identity.spans.size(); ++i) {
    EXPECT_NE(identity.spans[i].seen, identity.spans[i - 1].seen);
    EXPECT_DOUBLE_EQ(identity.spans[i].from, identity.spans[i - 1].to);
  }
}

TEST(IdentityLog, CountsAnIdentityUnderTheClassItHasNow) {
  IdentityLog log;
  log.add(frame_at(0), Records{track_at(0, 1, State::kNew, "truck"), track_at(0, 2)});
  log.add(frame_at(1), Records{track_at(1, 1, State::kTracked, "car"), track_at(1, 2)});
  const std::map<std::string, std::int64_t> expected{{"", 1}, {"car", 1}};
  EXPECT_EQ(log.classes(), expected);
}

}  // namespace
}  // namespace heddle::io
