#include "pipeline/associations/box_attention.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace heddle::pipeline
