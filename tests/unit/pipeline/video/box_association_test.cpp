#include "pipeline/associations/box_association.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

io::Frame frame_at(std::int64_t number) {
  io::Frame frame;
  frame.number = number;
  frame.seconds = 0.04 * static_cast<double>(number);
  return frame;
}

/// Where a thing that walks to the right is.
Detection walker(std::int64_t number, double score = 0.9) {
  return {{10 + 2 * static_cast<double>(number), 20, 30, 60}, score};
}

class ByBoxes : public testing::TestWithParam<std::string_view> {
 protected:
  std::vector<io::Track> see(std::int64_t number, const std::vector<Detection>& boxes) {
    return association_->update(frame_at(number), boxes);
  }
  std::unique_ptr<BoxAssociation> association_ = make_box_association(GetParam());
};

INSTANTIATE_TEST_SUITE_P(All, ByBoxes, testing::ValuesIn(box_associations()));

TEST_P(ByBoxes, KeepsTheIdentitiesOfTwoThingsThatPassEachOther) {
  for (std::int64_t number = 0; number < 40; ++number) {
    Detection other = walker(40 - number);
    other.box.y = 55;
    const auto tracks = see(number, {walker(number), other});
    ASSERT_EQ(tracks.size(), 2u) << number;
    EXPECT_LT(tracks[0].y, tracks[1].y) << "the first is the upper one, frame " << number;
    EXPECT_EQ(tracks[1].id, 2);
  }
}

TEST_P(ByBoxes, ANewcomerOfAMiddlingScoreIsReportedOnlyWhenSeenAgain) {
  for (std::int64_t number = 0; number < 5; ++number) see(number, {});
  EXPECT_TRUE(see(5, {walker(5, 0.75)}).empty());
  see(6, {walker(6, 0.75)});
  see(7, {walker(7, 0.75)});
  EXPECT_EQ(see(8, {walker(8, 0.75)}).size(), 1u);
}

/// Two that pass each other; one of them is hidden now and then, a third comes.
Item crossing(std::int64_t number) {
  Item item;
  item.frame = frame_at(number);
  item.detections = {walker(number, number % 7 == 3 ? 0.3 : 0.9)};
  Detection other = walker(40 - number, 0.8);
  other.box.y = 55;
  if (number % 11 < 8) item.detections.push_back(other);
  if (number > 25) item.detections.push_back({{200, 150, 20, 50}, 0.95});
  return item;
}

std::string told(const Item& item) {
  io::Snapshot snapshot;
  for (const io::Record& record : item.records) {
    auto track = std::get<io::Track>(record);
    snapshot(track.id, track.x, track.y, track.width, track.height, track.score, track.state);
  }
  return snapshot.take();
}

TEST_P(ByBoxes, TheStageGoesOnFromItsStateAsIfNothingHadBeen) {
  constexpr std::int64_t kFrames = 50;
  const auto results_of = [](BoxAssociationStage& stage, std::int64_t number) {
    Item item = crossing(number);
    stage.process(item);
    return told(item);
  };
  BoxAssociationStage whole{std::string(GetParam())};
  std::vector<StageState> states;
  std::vector<std::string> results;
  for (std::int64_t number = 0; number < kFrames; ++number) {
    states.push_back(whole.save());
    results.push_back(results_of(whole, number));
  }
  for (std::int64_t from = 0; from < kFrames; from += 3) {
    EXPECT_EQ(states[from].replay_from, StageState::kNothing);
    BoxAssociationStage rest{std::string(GetParam())};
    rest.load(states[from].bytes);
    for (std::int64_t number = from; number < kFrames; ++number) {
      EXPECT_EQ(results_of(rest, number), results[number]) << from << " " << number;
    }
  }
}

TEST_P(ByBoxes, TheStageCarriesNobodyOverALongGap) {
  for (const double away : {1.0, 60.0}) {
    BoxAssociationStage stage{std::string(GetParam())};
    std::set<std::int64_t> before;
    std::set<std::int64_t> after;
    for (std::int64_t number = 0; number < 20; ++number) {
      Item item;
      item.frame = frame_at(number);
      item.frame->seconds += number < 10 ? 0 : away;
      item.frame->after_gap = number == 10;
      item.detections = {walker(number)};
      stage.process(item);
      for (const io::Record& record : item.records) {
        const auto& track = std::get<io::Track>(record);
        if (track.state == io::Track::State::kEnded) continue;
        (number < 10 ? before : after).insert(track.id);
      }
    }
    EXPECT_EQ(before, (std::set<std::int64_t>{1}));
    if (away > BoxAssociationStage::kLongGapSeconds) {
      EXPECT_EQ(after, (std::set<std::int64_t>{2}));
    }
  }
}

TEST_P(ByBoxes, AnEmptyFrameHasNoTracks) {
  for (std::int64_t number = 0; number < 5; ++number) see(number, {walker(number)});
  EXPECT_TRUE(see(5, {}).empty());
}

std::int64_t identity_after(std::string_view name, int hidden, double score) {
  const auto association = make_box_association(name);
  std::int64_t id = 0;
  for (std::int64_t number = 0; number < 40; ++number) {
    std::vector<Detection> boxes{walker(number)};
    if (number >= 10 && number < 10 + hidden) {
      boxes[0].score = score;
      if (score == 0) boxes.clear();
    }
    for (const io::Track& track : association->update(frame_at(number), boxes)) id = track.id;
  }
  return id;
}

TEST(Sort, ForgetsWhatWasMissedTwice) {
  EXPECT_EQ(identity_after("sort", 1, 0), 1);
  EXPECT_EQ(identity_after("sort", 2, 0), 2);
}

TEST(Byte, WaitsASecondForWhatIsLost) {
  EXPECT_EQ(identity_after("byte", 10, 0), 1);
  EXPECT_EQ(identity_after("byte", 28, 0), 2) << "1.1 s";
}

TEST(Byte, GoesOnThroughBoxesOfLowScore) {
  const auto association = make_box_association("byte");
  for (std::int64_t number = 0; number < 40; ++number) {
    const double score = number < 10 ? 0.9 : 0.3;
    EXPECT_EQ(association->update(frame_at(number), std::vector{walker(number, score)}).size(), 1u)
        << number;
  }
}

TEST(OcSort, LooksWhereAnObjectWasLastSeen) {
  const auto stopped_while_hidden = [](std::string_view name) {
    const auto association = make_box_association(name);
    std::int64_t id = 0;
    for (std::int64_t number = 0; number < 60; ++number) {
      if (number >= 20 && number < 45) {
        association->update(frame_at(number), {});
        continue;
      }
      const auto boxes = std::vector{walker(number < 20 ? 2 * number : 39)};
      for (const io::Track& track : association->update(frame_at(number), boxes)) id = track.id;
    }
    return id;
  };
  EXPECT_EQ(stopped_while_hidden("ocsort"), 1);
  EXPECT_EQ(stopped_while_hidden("byte"), 2) << "expected 100 pixels further";
}

TEST(OcSort, KeepsTheDirectionBetweenEquallyNearBoxes) {
  const auto association = make_box_association("ocsort");
  for (std::int64_t number = 0; number < 20; ++number) {
    association->update(frame_at(number), std::vector{walker(number)});
  }
  Detection ahead = walker(20), behind = walker(20);
  ahead.box.x += 9;
  behind.box.x -= 9;
  const auto tracks = association->update(frame_at(20), std::vector{behind, ahead});
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_DOUBLE_EQ(tracks[0].x, ahead.box.x);
}

TEST(OcSort, LooksAtNoBoxOfLowScore) {
  EXPECT_EQ(identity_after("ocsort", 10, 0.3), 1);
  const auto association = make_box_association("ocsort");
  for (std::int64_t number = 0; number < 10; ++number) {
    EXPECT_TRUE(association->update(frame_at(number), std::vector{walker(number, 0.5)}).empty());
  }
}

TEST(Byte, MeasuresOverlapInWholePixels) {
  // 4 x 4 pixels, shifted by 2 and 2: IoU 4/28, but 9/41 with the outermost pixels counted.
  const auto association = make_box_association("byte");
  const auto at = [](double x, double score) {
    return std::vector{Detection{{x, x, 4, 4}, score}};
  };
  for (std::int64_t number = 0; number < 5; ++number) {
    ASSERT_EQ(association->update(frame_at(number), at(10, 0.75)).size(), 1u);
  }
  // Against the limit of 0.1: 0.75 * 4/28 = 0.107 and 0.75 * 9/41 = 0.165; at a score of 0.65 only
  // the second reaches it.
  EXPECT_EQ(association->update(frame_at(5), at(12, 0.65)).size(), 1u);
}

TEST(Associations, AnUnknownNameIsRefusedWithTheChoices) {
  try {
    make_box_association("deep");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("attention sort byte ocsort"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace heddle::pipeline
