#include "attention/backend/backend.h"
#include "pipeline/heads/tracks_peaks.h"
#include "pipeline/heads/tracks_rivals.h"
#include "pipeline/heads/tracks_settings.h"
#include "pipeline/heads/tracks_stage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;
using attention::TensorView;
using State = io::Track::State;

/// Head maps of 8 x 8 cells: a logit everywhere, boxes of 10 crop pixels around each cell.
struct Maps {
  Tensor logit{DType::kF32, {8, 8}};
  Tensor sides{DType::kF32, {8, 8, 4}};
  Maps() {
    std::fill_n(logit.view().as<float>(), 64, -6.0F);
    std::fill_n(sides.view().as<float>(), 256, 5.0F);
  }
  void set(int row, int column, float value) { logit.view().as<float>()[row * 8 + column] = value; }
};

TEST(FindPeaks, GivesTheStrongestCellAndItsBox) {
  Maps maps;
  maps.set(2, 5, 3);
  const auto peaks = find_peaks(maps.logit.view(), maps.sides.view(), 0.5, 4);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_NEAR(peaks[0].visible, 1 / (1 + std::exp(-3.0)), 1e-6);
  EXPECT_NEAR(peaks[0].box.centre_x(), 44, 1e-3);
  EXPECT_NEAR(peaks[0].box.centre_y(), 20, 1e-3);
  EXPECT_NEAR(peaks[0].box.width, 10, 1e-3);
}

TEST(FindPeaks, GivesTheBestPlaceEvenWhenItIsFaint) {
  const Maps maps;
  const auto peaks = find_peaks(maps.logit.view(), maps.sides.view(), 0.5, 4);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_LT(peaks[0].visible, 0.01);
}

TEST(FindPeaks, KeepsTwoObjectsApartAndNeighboursTogether) {
  Maps maps;
  maps.set(1, 1, 4);
  maps.set(1, 2, 1);
  maps.set(6, 6, 3);
  const auto peaks = find_peaks(maps.logit.view(), maps.sides.view(), 0.5, 4);
  ASSERT_GE(peaks.size(), 2U);
  EXPECT_NEAR(peaks[0].box.centre_x(), 12, 1);
  EXPECT_GT(peaks[1].visible, 0.5);
}

TEST(FindPeaks, TellsOfALongObjectOnce) {
  Maps maps;  // every cell of the row says that the object reaches from end to end
  for (int i = 0; i < 8; ++i) {
    maps.set(3, i, 3);
    float* sides = maps.sides.view().as<float>() + (3 * 8 + i) * 4;
    sides[0] = static_cast<float>(i) * 8 + 4;
    sides[2] = 64 - sides[0];
  }
  EXPECT_EQ(find_peaks(maps.logit.view(), maps.sides.view(), 0.5, 4).size(), 1U);
}

TEST(FindPeaks, NeverGivesMoreThanAsked) {
  Maps maps;
  for (int i = 0; i < 8; ++i) maps.set(i, i, 3);
  EXPECT_EQ(find_peaks(maps.logit.view(), maps.sides.view(), 0.5, 3).size(), 3U);
}

Box body(double cx) { return centred_box(cx, 50, 20, 20); }

TEST(Rivals, AreCertainAfterThreeSightsAndClaimTheirPlace) {
  Rivals rivals{FollowSettings{}};
  for (int i = 1; i <= 3; ++i) {
    rivals.update({{0.9, body(100 + 2.0 * i)}, {0.9, body(40)}}, body(40), 20, i);
    EXPECT_EQ(rivals.any_certain(), i == 3);
  }
  EXPECT_TRUE(rivals.claims(body(108), body(40)));
  EXPECT_FALSE(rivals.claims(body(42), body(40)));
}

TEST(Rivals, DoNotStartWhileTheTargetIsLost) {
  Rivals rivals{FollowSettings{}};
  for (int i = 1; i <= 5; ++i) rivals.update({{0.9, body(100)}}, std::nullopt, 20, i);
  EXPECT_FALSE(rivals.any());
}

TEST(Rivals, OwnTheirPeaksWhenTheTargetIsSearched) {
  Rivals rivals{FollowSettings{}};
  for (int i = 1; i <= 4; ++i) rivals.update({{0.9, body(100)}}, body(40), 20, i);
  rivals.update({{0.9, body(101)}, {0.8, body(45)}}, std::nullopt, 20, 5);
  EXPECT_TRUE(rivals.owns({0.9, body(101)}, body(40)));
  EXPECT_FALSE(rivals.owns({0.9, body(45)}, body(40)));
}

TEST(Rivals, DoNotOwnWhatLooksMoreLikeTheTargetThanTheyEverDid) {
  Rivals rivals{FollowSettings{}};
  for (int i = 1; i <= 4; ++i) rivals.update({{0.6, body(100)}}, body(40), 20, i);
  rivals.update({{0.6, body(100)}}, std::nullopt, 20, 5);
  EXPECT_TRUE(rivals.owns({0.6, body(100)}, body(40)));
  EXPECT_FALSE(rivals.owns({0.95, body(100)}, body(40)));
}

TEST(Rivals, BecomeCertainOnlyBesideTheTarget) {
  Rivals rivals{FollowSettings{}};
  rivals.update({{0.9, body(100)}}, body(40), 20, 1);
  for (int i = 2; i <= 6; ++i) rivals.update({{0.9, body(100)}}, std::nullopt, 20, i);
  EXPECT_TRUE(rivals.any());
  EXPECT_FALSE(rivals.any_certain());
}

TEST(Rivals, AreForgottenAfterAWhile) {
  Rivals rivals{FollowSettings{}};
  for (int i = 1; i <= 4; ++i) rivals.update({{0.9, body(100)}}, body(40), 20, i);
  rivals.update({}, body(40), 20, 100);
  EXPECT_FALSE(rivals.any());
}

/// A network to which every place looks like nothing.
class BlindNet : public TrackingNet {
 public:
  void encode(const TensorView& image, const TensorView& embedding, const TensorView&) override {
    ++(image.shape[0] == kWideCrop ? wide : normal);
    std::fill_n(embedding.as<float>(), embedding.size(), 0.0F);
  }
  void read_out(const TensorView&,
                std::span<const attention::KeySegment>,
                const TensorView& out) override {
    std::fill_n(out.as<float>(), out.size(), 0.0F);
  }
  void head(const TensorView&,
            const TensorView&,
            const TensorView& logit,
            const TensorView& sides) override {
    std::fill_n(logit.as<float>(), logit.size(), -6.0F);
    std::fill_n(sides.as<float>(), sides.size(), 5.0F);
  }
  int normal = 0, wide = 0;
};

/// An object of which nothing is seen after its first frame.
class Vanished {
 public:
  io::Track::State step(int times) {
    for (int i = 0; i < times; ++i) follower_.step(frame_);
    return follower_.state();
  }
  void leave_scene() { follower_.leave_scene(); }
  int wide_looks() const { return net_.wide; }
  /// Looks since the first frame and the one in which it was found to be gone.
  int searches() const { return net_.wide + net_.normal - 2; }

 private:
  static io::Frame grey() {
    io::Frame frame;
    frame.width = frame.height = 96;
    frame.bgr.assign(std::size_t{96} * 96 * 3, 128);
    return frame;
  }
  static FollowSettings impatient() {
    FollowSettings settings;
    settings.rest_after = 20;
    settings.rest_every = 10;
    settings.end_after = 60;
    return settings;
  }
  BlindNet net_;
  Viewer viewer_{net_};
  io::Frame frame_ = grey();
  Follower follower_{impatient(), viewer_, frame_, {30, 30, 20, 20}};
};

TEST(Follower, LooksForALostObjectInEveryFrameAtFirstThenInEveryTenth) {
  Vanished object;
  EXPECT_EQ(object.step(1), State::kLost);
  object.step(20);
  EXPECT_EQ(object.searches(), 20);
  object.step(30);
  EXPECT_EQ(object.searches(), 23);
}

TEST(Follower, LooksFarWithEverySecondSearch) {
  Vanished object;
  object.step(21);
  EXPECT_EQ(object.wide_looks(), 10);
}

TEST(Follower, IsLostAtOnceInAnotherScene) {
  Vanished object;
  object.leave_scene();
  EXPECT_EQ(object.step(0), State::kLost);
}

TEST(Follower, EndsALostObjectAfterATimeAndLooksNoMore) {
  Vanished object;
  EXPECT_EQ(object.step(60), State::kLost);
  EXPECT_EQ(object.step(1), State::kEnded);
  const int searches = object.searches();
  object.step(100);
  EXPECT_EQ(object.searches(), searches);
}

TEST(FollowPreset, KnowsItsNamesAndRefusesOthers) {
  for (const std::string& name : follow_presets()) EXPECT_NO_THROW(follow_preset(name));
  EXPECT_GT(follow_preset("cautious").drop, follow_preset("final").drop);
  EXPECT_THROW(follow_preset("bold"), std::invalid_argument);
}

TEST(ParseInit, ReadsABoxAndItsFrame) {
  const InitBox plain = parse_init("10,20.5,30,40"), later = parse_init("1,2,3,4@17");
  EXPECT_EQ(plain.box.y, 20.5);
  EXPECT_EQ(plain.frame, std::nullopt);
  EXPECT_EQ(later.box.height, 4);
  EXPECT_EQ(later.frame, 17);
}

io::Frame grey_frame(std::int64_t number) {
  io::Frame frame;
  frame.number = number;
  frame.width = frame.height = 96;
  frame.bgr.assign(std::size_t{96} * 96 * 3, 128);
  return frame;
}

TEST(FollowStage, BeginsAnObjectAtTheFirstFrameSeenFromItsOwnOn) {
  const Box box{30, 30, 20, 20};
  FollowStage stage(
      FollowSettings{},
      {{box, 5}, {box, std::nullopt}, {box, 0, true}, {box, 9}},
      attention::Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors",
                             attention::backend()));
  EXPECT_EQ(stage.seen().last, -1);
  const auto ids_at = [&stage](std::int64_t number) {
    Item item;
    item.frame = grey_frame(number);
    stage.process(item);
    std::vector<std::int64_t> ids;
    for (const io::Record& record : item.records) ids.push_back(std::get<io::Track>(record).id);
    return ids;
  };
  EXPECT_EQ(ids_at(3), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(ids_at(7), (std::vector<std::int64_t>{1, 2}));  // 4 to 6 were never seen
  const FollowStage::Seen seen = stage.seen();
  EXPECT_EQ(seen.first, 3);
  EXPECT_EQ(seen.last, 7);
  EXPECT_EQ(seen.waiting, std::vector<std::size_t>{3});
}

class BadInit : public testing::TestWithParam<const char*> {};

TEST_P(BadInit, IsRefused) { EXPECT_THROW(parse_init(GetParam()), std::invalid_argument); }

INSTANTIATE_TEST_SUITE_P(Texts,
                         BadInit,
                         testing::Values("",
                                         "1,2,3",
                                         "1,2,3,4,5",
                                         "1,2,0,4",
                                         "1,2,3,-4",
                                         "1,2,3,4@",
                                         "1,2,3,4@-1",
                                         "1,2,3,4@2x",
                                         "nan,2,3,4",
                                         "1,2,inf,4",
                                         " 1,2,3,4"));

}  // namespace
}  // namespace heddle::pipeline
