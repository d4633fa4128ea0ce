#include "pipeline/associations/box_attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace heddle::pipeline {
namespace {

constexpr double kRate = 25;  // frames a second

io::Frame frame_at(std::int64_t number) {
  io::Frame frame;
  frame.number = number;
  frame.seconds = static_cast<double>(number) / kRate;
  frame.width = 1000;
  frame.height = 400;
  return frame;
}

/// Where a person who walks to the right is.
Detection walker(std::int64_t number, double score = 0.9) {
  return {{50 + 2 * static_cast<double>(number), 100, 30, 80}, score};
}

using Scene = std::function<std::vector<Detection>(std::int64_t)>;

/// The ids that were told in the last frame.
std::vector<std::int64_t> ids_after(std::int64_t frames, const Scene& scene) {
  BoxAttention association;
  std::vector<std::int64_t> ids;
  for (std::int64_t number = 0; number < frames; ++number) {
    ids.clear();
    for (const auto& track : association.update(frame_at(number), scene(number))) {
      ids.push_back(track.id);
    }
  }
  return ids;
}

TEST(BoxAttention, KnowsAWalkerAgainAfterThreeSecondsBehindSomething) {
  const Scene scene = [](std::int64_t number) {
    const bool hidden = number >= 50 && number < 125;
    return hidden ? std::vector<Detection>{} : std::vector{walker(number)};
  };
  EXPECT_EQ(ids_after(135, scene), std::vector<std::int64_t>{1});
}

TEST(BoxAttention, SomebodyOfAnotherSizeIsNotTheOneWhoWasLost) {
  const Scene scene = [](std::int64_t number) {
    if (number >= 50 && number < 100) return std::vector<Detection>{};
    Detection seen = walker(number);
    if (number >= 100) seen.box = centred_box(seen.box.centre_x(), 140, 18, 45);
    return std::vector{seen};
  };
  EXPECT_EQ(ids_after(115, scene), std::vector<std::int64_t>{2});
}

TEST(BoxAttention, ForgetsWhoIsGoneForLong) {
  const BoxAttentionSettings settings;
  const auto gap = static_cast<std::int64_t>((settings.lost_seconds + 1) * kRate);
  const Scene scene = [gap](std::int64_t number) {
    const bool hidden = number >= 50 && number < 50 + gap;
    return hidden ? std::vector<Detection>{} : std::vector{walker(number)};
  };
  EXPECT_EQ(ids_after(65 + gap, scene), std::vector<std::int64_t>{2});
}

TEST(BoxAttention, GoesOnThroughBoxesOfLowScore) {
  const Scene scene = [](std::int64_t number) {
    return std::vector{walker(number, number < 20 ? 0.9 : 0.25)};
  };
  EXPECT_EQ(ids_after(60, scene), std::vector<std::int64_t>{1});
}

TEST(BoxAttention, BoxesOfLowScoreStartNothing) {
  EXPECT_TRUE(
      ids_after(60, [](std::int64_t number) { return std::vector{walker(number, 0.3)}; }).empty());
}

TEST(BoxAttention, ASecondBoxOnOneThingStartsNothing) {
  const Scene scene = [](std::int64_t number) {
    Detection second = walker(number, 0.8);
    second.box.x += 3;
    second.box.height += 4;
    return std::vector{walker(number), second};
  };
  EXPECT_EQ(ids_after(1 + 30,
                      [&](std::int64_t number) {
                        return number == 0 ? std::vector{walker(0)} : scene(number);
                      }),
            std::vector<std::int64_t>{1});
}

TEST(BoxAttention, AnObjectSeenAgainIsToldAsRecovered) {
  BoxAttention association;
  for (std::int64_t number = 0; number < 60; ++number) {
    const bool hidden = number >= 30 && number < 50;
    const auto tracks = association.update(
        frame_at(number), hidden ? std::vector<Detection>{} : std::vector{walker(number)});
    if (number != 50) continue;
    ASSERT_EQ(tracks.size(), 1u);
    EXPECT_EQ(tracks[0].state, io::Track::State::kRecovered);
  }
}

TEST(BoxAttention, ItsBoxesAreSteadierThanTheDetectors) {
  BoxAttention association;
  double said = 0, detected = 0;
  for (std::int64_t number = 0; number < 200; ++number) {
    Detection seen = walker(number);
    const double truth = seen.box.centre_x();
    seen.box.x += number % 2 == 0 ? 2 : -2;
    const auto tracks = association.update(frame_at(number), std::vector{seen});
    if (number < 20) continue;
    ASSERT_EQ(tracks.size(), 1u);
    said += std::abs(tracks[0].x + tracks[0].width / 2 - truth);
    detected += std::abs(seen.box.centre_x() - truth);
  }
  EXPECT_LT(said, 0.8 * detected);
}

TEST(BoxAttention, ANewcomerOfHighScoreIsToldFromItsFirstBox) {
  BoxAttention association;
  association.update(frame_at(0), {});
  EXPECT_EQ(association.update(frame_at(1), std::vector{walker(1, 0.9)}).size(), 1u);
  BoxAttention doubtful;
  doubtful.update(frame_at(0), {});
  EXPECT_TRUE(doubtful.update(frame_at(1), std::vector{walker(1, 0.6)}).empty());
}

TEST(BoxAttention, HighScoresThatMeanNothingAreNotTrusted) {
  BoxAttention association;
  std::int64_t told = 0;
  for (std::int64_t number = 0; number < 200; ++number) {
    std::vector<Detection> boxes;
    const auto place = static_cast<double>(number * 37 % 900);
    if (number % 5 == 1) boxes.push_back({{place, 100, 30, 80}, 0.95});  // of nothing
    for (const auto& track : association.update(frame_at(number), boxes)) {
      told += number >= 100 && track.state != io::Track::State::kLost ? 1 : 0;
    }
  }
  EXPECT_EQ(told, 0);
}

/// A car that leaves to the right, the border cutting its box, and the next one behind it.
std::vector<Detection> leaving_cars(std::int64_t number) {
  std::vector<Detection> seen;
  for (const double start : {500.0, 200.0}) {
    Box box{start + 12 * static_cast<double>(number), 100, 200, 100};
    box.width = std::min(box.width, 1000 - box.x);
    if (box.width > 30) seen.push_back({box, 0.9});
  }
  return seen;
}

TEST(BoxAttention, WhoLeavesThePictureDoesNotTakeTheNextOnesBox) {
  BoxAttention association;
  std::vector<io::Track> tracks;
  for (std::int64_t number = 0; number < 60; ++number) {
    std::vector<Detection> seen = leaving_cars(number);
    if (number >= 39 && number < 42) seen.clear();  // both are missed as the first one goes
    tracks = association.update(frame_at(number), seen);
    for (const io::Track& track : tracks) EXPECT_LE(track.x + track.width, 1000.5) << number;
  }
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(tracks[0].id, 2);
}

TEST(BoxAttention, ABoxAndAnObjectThatAreLeftOverAreOneWhereTheyOverlap) {
  const auto ids = [](double jump) {
    return ids_after(61, [jump](std::int64_t number) {
      Detection seen = walker(number);
      if (number == 60) seen.box.x += jump;
      return std::vector{seen};
    });
  };
  EXPECT_EQ(ids(15), std::vector<std::int64_t>{1}) << "half its width";
  EXPECT_NE(ids(60), std::vector<std::int64_t>{1}) << "where it never was";
}

TEST(BoxAttention, WhoMayBeSomebodyJustMissedIsNotNewAtOnce) {
  const auto ids = [](double away) {
    return ids_after(61, [away](std::int64_t number) {
      Detection seen = walker(number);
      if (number == 60) seen.box.x += away;
      return std::vector{seen};
    });
  };
  EXPECT_TRUE(ids(34).empty()) << "beside it, without an overlap";
  EXPECT_EQ(ids(600), std::vector<std::int64_t>{2});
}

TEST(BoxAttention, TellsTheDetectorsOwnBoxesWhereTheyDoNotTremble) {
  BoxAttention association;
  double off = 0;
  for (std::int64_t number = 0; number < 300; ++number) {
    Detection seen = walker(number);
    seen.box.y += 20 * std::sin(static_cast<double>(number) / 15);  // it truly moves so
    const auto tracks = association.update(frame_at(number), std::vector{seen});
    ASSERT_EQ(tracks.size(), 1u);
    if (number >= 200) off = std::max(off, std::abs(tracks[0].y - seen.box.y));
  }
  EXPECT_LT(off, 0.25);
}

TEST(BoxAttention, WhoCouldBeEitherOfTwoLostOnesIsNew) {
  const Scene scene = [](std::int64_t number) {
    Detection upper = walker(number), lower = walker(number);
    upper.box.y = 90;
    lower.box.y = 170;
    if (number < 50) return std::vector{upper, lower};
    if (number < 100) return std::vector<Detection>{};
    upper.box.y = 130;
    return std::vector{upper};
  };
  EXPECT_EQ(ids_after(115, scene), std::vector<std::int64_t>{3});
}

/// A network to which a place looks like the mean colour there: an embedding is a colour's
/// direction, and likeness the best cosine.
class ColourNet : public TrackingNet {
 public:
  void encode(const attention::TensorView& image,
              const attention::TensorView& embedding,
              const attention::TensorView&) override {
    std::array<double, 3> mean{};
    const auto pixels = static_cast<std::size_t>(image.shape[0] * image.shape[1]);
    const std::size_t middle = (pixels + static_cast<std::size_t>(image.shape[1])) / 2;
    for (std::size_t c = 0; c < 3; ++c) mean[c] = image.as<float>()[3 * middle + c] - 100;
    const double length = std::sqrt(mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]);
    std::fill_n(embedding.as<float>(), embedding.size(), 0.0F);
    for (int cell = 0; cell < kSightCells; ++cell) {
      for (std::size_t c = 0; c < 3; ++c) {
        embedding.as<float>()[cell * kEmbedding + c] = static_cast<float>(mean[c] / length);
      }
    }
  }
  void read_out(const attention::TensorView& queries,
                std::span<const attention::KeySegment> segments,
                const attention::TensorView& out) override {
    double best = -1;
    for (const auto& segment : segments) {
      const float* key = segment.keys.as<float>();
      double dot = 0;
      for (int c = 0; c < 3; ++c) dot += double{key[c]} * queries.as<float>()[c];
      best = std::max(best, dot);
    }
    std::fill_n(out.as<float>(), out.size(), static_cast<float>(best));
  }
  void head(const attention::TensorView&,
            const attention::TensorView&,
            const attention::TensorView&,
            const attention::TensorView&) override {}
};

using Colour = std::array<std::uint8_t, 3>;

void fill(io::Frame& frame, const Box& box, const Colour& colour) {
  for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y) {
    for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x) {
      const auto at = (static_cast<std::size_t>(y) * frame.width + x) * 3;
      std::copy(colour.begin(), colour.end(), frame.bgr.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
}

/// A red and a blue walker go behind something and come out of it, each where the other one would.
std::vector<std::int64_t> after_changing_places(TrackingNet* net) {
  BoxAttention association({}, net);
  std::vector<std::int64_t> ids;
  for (std::int64_t number = 0; number < 110; ++number) {
    io::Frame frame = frame_at(number);
    frame.bgr.assign(std::size_t{1000} * 400 * 3, 100);
    std::vector<Detection> boxes;
    if (number < 50 || number >= 100) {
      boxes = {walker(number), walker(number)};
      boxes[0].box.y = number < 50 ? 100 : 150;
      boxes[1].box.y = number < 50 ? 200 : 150;
      boxes[1].box.x += number < 50 ? 0 : 40;
      fill(frame, boxes[0].box, {30, 30, 250});
      fill(frame, boxes[1].box, {250, 30, 30});
    }
    ids.clear();
    for (const auto& track : association.update(frame, boxes)) ids.push_back(track.id);
  }
  return ids;
}

TEST(BoxAttention, LooksSayWhoComesBackWhereMotionDoesNot) {
  ColourNet net;
  EXPECT_NE(after_changing_places(nullptr), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(after_changing_places(&net), (std::vector<std::int64_t>{1, 2}));
}

TEST(BoxAttention, GoesOnByMotionWhereNoDetectorLooked) {
  BoxAttention association;
  double off = 0;
  for (std::int64_t number = 0; number < 80; ++number) {
    const auto tracks = number % 4 == 0
                            ? association.update(frame_at(number), std::vector{walker(number)})
                            : association.go_on(frame_at(number));
    ASSERT_EQ(tracks.size(), 1u) << number;
    EXPECT_EQ(tracks[0].id, 1);
    if (number >= 40) off = std::max(off, std::abs(tracks[0].x - walker(number).box.x));
  }
  EXPECT_LT(off, 2);
}

TEST(BoxAttention, BetweenDetectionsScoresFall) {
  BoxAttention association;
  for (std::int64_t number = 0; number < 10; ++number) {
    association.update(frame_at(number), std::vector{walker(number, 0.8)});
  }
  double before = 0.8;
  for (std::int64_t number = 10; number < 15; ++number) {
    const auto tracks = association.go_on(frame_at(number));
    ASSERT_EQ(tracks.size(), 1u);
    EXPECT_LT(tracks[0].score, before);
    before = tracks[0].score;
  }
  EXPECT_NEAR(before, 0.8 * std::exp2(-0.2 / 0.5), 1e-6) << "five frames of 25 a second";
  EXPECT_NEAR(association.update(frame_at(15), std::vector{walker(15, 0.8)})[0].score, 0.8, 1e-6);
}

TEST(BoxAttention, ANewSceneHasNewIdentities) {
  BoxAttention association;
  for (std::int64_t number = 0; number < 20; ++number) {
    association.update(frame_at(number), std::vector{walker(number)});
  }
  association.begin_scene();
  const auto tracks = association.update(frame_at(20), std::vector{walker(20)});
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(tracks[0].id, 2);
}

TEST(BoxAttention, GoesOnFromASnapshotAsIfNothingHadBeen) {
  ColourNet net;
  BoxAttention whole({}, &net), half({}, &net);
  const auto step = [](BoxAttention& association, std::int64_t number) {
    io::Frame frame = frame_at(number);
    frame.bgr.assign(std::size_t{1000} * 400 * 3, 100);
    const Detection seen = walker(number);
    fill(frame, seen.box, {30, 30, 250});
    return association.update(frame, std::vector{seen});
  };
  for (std::int64_t number = 0; number < 30; ++number) {
    step(whole, number);
    step(half, number);
  }
  io::Snapshot taken;
  half.snapshot(taken);
  const std::string bytes = taken.take();
  BoxAttention resumed({}, &net);
  io::Snapshot put_back(bytes);
  resumed.snapshot(put_back);
  for (std::int64_t number = 30; number < 60; ++number) {
    const auto a = step(whole, number), b = step(resumed, number);
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(a[0].id, b[0].id);
    EXPECT_EQ(a[0].x, b[0].x);
  }
  EXPECT_EQ(whole.looks(), resumed.looks());
}

}  // namespace
}  // namespace heddle::pipeline
