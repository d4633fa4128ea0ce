#include "io/formats/ffmpeg_picture.h"

extern "C" {
#include <libavutil/display.h>
}

#include <gtest/gtest.h>

#include <array>

namespace heddle::io {
namespace {

using Matrix = std::array<std::int32_t, 9>;

constexpr std::int32_t kOne = 1 << 16;
Matrix matrix(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
  return {a * kOne, b * kOne, 0, c * kOne, d * kOne, 0, 0, 0, 1 << 30};
}

// A picture of 3x2 gray pixels 0..5, row by row.
FfmpegHandle<AVFrame> numbered() {
  auto picture = ffmpeg_handle(av_frame_alloc());
  picture->format = AV_PIX_FMT_BGR24;
  picture->width = 3;
  picture->height = 2;
  if (av_frame_get_buffer(picture.get(), 0) < 0) throw std::bad_alloc();
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 9; ++x) {
      picture->data[0][y * picture->linesize[0] + x] = static_cast<std::uint8_t>(y * 3 + x / 3);
    }
  }
  return picture;
}

struct Turn {
  std::string name;
  Matrix matrix;
  std::vector<int> upright;  // the numbers, row by row
};
void PrintTo(const Turn& turn, std::ostream* out) { *out << turn.name; }

class EveryDisplayMatrix : public testing::TestWithParam<Turn> {};

TEST_P(EveryDisplayMatrix, PutsPixelsWhereItSays) {
  UprightBgr converter(orientation_of(GetParam().matrix.data()));
  const auto bgr = converter.convert(*numbered());
  std::vector<int> numbers;
  for (std::size_t i = 0; i < bgr.size(); i += 3) numbers.push_back(bgr[i]);
  EXPECT_EQ(numbers, GetParam().upright);
  EXPECT_EQ(converter.width() * converter.height(), 6);
  EXPECT_EQ(converter.width(), GetParam().matrix[1] == 0 ? 3 : 2);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    EveryDisplayMatrix,
    testing::Values(Turn{"identity", matrix(1, 0, 0, 1), {0, 1, 2, 3, 4, 5}},
                    Turn{"mirrored", matrix(-1, 0, 0, 1), {2, 1, 0, 5, 4, 3}},
                    Turn{"upside_down", matrix(1, 0, 0, -1), {3, 4, 5, 0, 1, 2}},
                    Turn{"half_turn", matrix(-1, 0, 0, -1), {5, 4, 3, 2, 1, 0}},
                    Turn{"clockwise", matrix(0, 1, -1, 0), {3, 0, 4, 1, 5, 2}},
                    Turn{"counter_clockwise", matrix(0, -1, 1, 0), {2, 5, 1, 4, 0, 3}},
                    Turn{"transposed", matrix(0, 1, 1, 0), {0, 3, 1, 4, 2, 5}},
                    Turn{"anti_transposed", matrix(0, -1, -1, 0), {5, 2, 4, 1, 3, 0}}),
    [](const auto& made) { return made.param.name; });

TEST(Orientation, TakesTheNearestRightAngle) {
  Matrix tilted{};
  av_display_rotation_set(tilted.data(), 80);
  Matrix right{};
  av_display_rotation_set(right.data(), 90);
  EXPECT_EQ(orientation_of(tilted.data()), orientation_of(right.data()));
}

TEST(Orientation, SurvivesExtremeMatrices) {
  Matrix extreme{};
  extreme.fill(INT32_MIN);
  EXPECT_FALSE(orientation_of(extreme.data()).transpose);
}

TEST(UprightBgr, RescalesLaterSizesToTheFirst) {
  UprightBgr converter(Orientation{});
  const auto first = converter.convert(*numbered());
  auto large = ffmpeg_handle(av_frame_alloc());
  large->format = AV_PIX_FMT_GRAY8;
  large->width = 64;
  large->height = 48;
  ASSERT_GE(av_frame_get_buffer(large.get(), 0), 0);
  for (int y = 0; y < 48; ++y) {
    std::fill_n(large->data[0] + static_cast<std::ptrdiff_t>(y) * large->linesize[0], 64, 255);
  }
  large->color_range = AVCOL_RANGE_JPEG;
  const auto second = converter.convert(*large);
  EXPECT_EQ(second.size(), first.size());
  EXPECT_EQ(second, std::vector<std::uint8_t>(first.size(), 255));
}

}  // namespace
}  // namespace heddle::io
