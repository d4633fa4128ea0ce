#include "tests/unit/pipeline/video/scripted_clip.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kEntrance = 24;  // the background is learnt before it
constexpr std::array<int, 3> kRowsBefore{60, 144, 228};
constexpr std::array<int, 3> kRowsAfter{144, 228, 60};

std::uint32_t scramble(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ (x >> 16);
}

int noise(int x, int y, std::uint32_t seed, int amplitude) {
  const std::uint32_t bits = scramble(static_cast<std::uint32_t>(x) * 7919U +
                                      static_cast<std::uint32_t>(y) * 104729U + seed);
  return static_cast<int>(bits % static_cast<std::uint32_t>(2 * amplitude + 1)) - amplitude;
}

/// Patches of 6 pixels, lighter or darker by `kFaint` grey levels around one mean.
int pattern(int which, int x, int y) {
  constexpr int kPatch = 6, kFaint = 22;
  const auto seed = static_cast<std::uint32_t>(which + 1) * 977U;
  return noise(x / kPatch, y / kPatch, seed, 1) * kFaint;
}

void paint(std::uint8_t* pixel, int b, int g, int r) {
  pixel[0] = static_cast<std::uint8_t>(std::clamp(b, 0, 255));
  pixel[1] = static_cast<std::uint8_t>(std::clamp(g, 0, 255));
  pixel[2] = static_cast<std::uint8_t>(std::clamp(r, 0, 255));
}

}  // namespace

int ScriptedClip::row(int which, std::int64_t number) const {
  const Box there = centred_box(0, 0, kDiameter, kDiameter);
  const double x = static_cast<double>((number - kEntrance) * kSpeed) - there.width / 2;
  const auto index = static_cast<std::size_t>(which);
  return x < kBarLeft + kBarWidth / 2.0 ? kRowsBefore[index] : kRowsAfter[index];
}

Box ScriptedClip::sprite(int which, std::int64_t number) const {
  const double x = static_cast<double>((number - kEntrance) * kSpeed) - kDiameter / 2.0;
  return centred_box(x, row(which, number), kDiameter, kDiameter);
}

double ScriptedClip::visible(int which, std::int64_t number) const {
  const Box box = sprite(which, number);
  const Box left{0, 0, kBarLeft, kHeight};
  const Box right{kBarLeft + kBarWidth, 0, kWidth - kBarLeft - kBarWidth, kHeight};
  return share_inside(box, left) + share_inside(box, right);
}

io::Frame ScriptedClip::frame(std::int64_t number) const {
  io::Frame frame;
  frame.number = number;
  frame.seconds = static_cast<double>(number) / 30;
  frame.width = kWidth;
  frame.height = kHeight;
  frame.bgr.resize(std::size_t{kWidth} * kHeight * 3);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      std::uint8_t* pixel = &frame.bgr[(static_cast<std::size_t>(y) * kWidth + x) * 3];
      const int grain = noise(x, y, static_cast<std::uint32_t>(number) + 31U, 2);
      const int ground = noise(x / 9, y / 9, 5, 14) + grain;
      paint(pixel, 150 + ground, 160 + ground, 155 + ground);
      for (int which = 0; which < kSprites; ++which) {
        const Box box = sprite(which, number);
        const double dx = x + 0.5 - box.centre_x(), dy = y + 0.5 - box.centre_y();
        if (std::hypot(dx, dy) > kDiameter / 2.0) continue;
        const int tone =
            pattern(which, static_cast<int>(dx + kDiameter), static_cast<int>(dy + kDiameter)) +
            grain;
        paint(pixel, 60 + tone, 70 + tone, 170 + tone);
      }
      if (x >= kBarLeft && x < kBarLeft + kBarWidth) {
        const int wood = noise(x / 5, y / 23, 77, 10) + grain;
        paint(pixel, 60 + wood, 90 + wood, 100 + wood);
      }
    }
  }
  return frame;
}

}  // namespace heddle::pipeline
