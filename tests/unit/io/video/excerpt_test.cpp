#include "io/excerpt.h"

#include "clips.h"
#include "io/interrupted_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace heddle::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Frames k at k / 10 seconds; `gaps` are those after a gap.
class Frames final : public Source {
 public:
  explicit Frames(std::int64_t count, std::vector<std::int64_t> gaps = {})
      : count_(count), gaps_(std::move(gaps)) {
    info_.name = "ten.mp4";
    info_.video = true;
    info_.frames_per_second = 10;
    info_.total = count;
  }
  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return at_; }
  std::optional<Sample> next() override {
    if (at_ == count_) return std::nullopt;
    Frame frame;
    frame.number = at_;
    frame.seconds = static_cast<double>(at_) / 10;
    frame.after_gap = std::find(gaps_.begin(), gaps_.end(), at_) != gaps_.end();
    ++at_;
    return Sample(std::move(frame));
  }

 private:
  SourceInfo info_;
  std::int64_t count_, at_ = 0;
  std::vector<std::int64_t> gaps_;
};

std::vector<Frame> frames_of(Source& source) {
  std::vector<Frame> frames;
  while (auto sample = source.next()) frames.push_back(std::get<Frame>(*sample));
  return frames;
}

std::vector<std::int64_t> numbers(Source& source) {
  std::vector<std::int64_t> found;
  for (const Frame& frame : frames_of(source)) found.push_back(frame.number);
  return found;
}

TEST(Excerpt, TakesFramesFromATimeToBeforeAnotherUnderTheirOwnNumbers) {
  const auto source = excerpt(std::make_unique<Frames>(100), {.from = 0.5, .to = 0.8});
  EXPECT_EQ(source->info().total, 3);
  EXPECT_THAT(numbers(*source), ElementsAre(5, 6, 7));
  EXPECT_EQ(source->position(), 3);
}

TEST(Excerpt, TakesEveryNthFrameFromTheFirstInside) {
  const auto source = excerpt(std::make_unique<Frames>(100), {.from = 0.5, .to = 1.4, .stride = 4});
  EXPECT_EQ(source->info().total, 3);
  EXPECT_DOUBLE_EQ(source->info().frames_per_second, 2.5);
  EXPECT_THAT(numbers(*source), ElementsAre(5, 9, 13));
}

TEST(Excerpt, EndsWhereTheVideoEnds) {
  const auto source = excerpt(std::make_unique<Frames>(4), {.from = 0.2, .to = 9});
  EXPECT_EQ(source->info().total, 2);
  EXPECT_THAT(numbers(*source), ElementsAre(2, 3));
}

TEST(Excerpt, TellsOfAGapAmongTheFramesThatItLeftOut) {
  const auto source =
      excerpt(std::make_unique<Frames>(9, std::vector<std::int64_t>{4}), {.stride = 3});
  const std::vector<Frame> frames = frames_of(*source);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_FALSE(frames[1].after_gap);
  EXPECT_TRUE(frames[2].after_gap);
}

TEST(Excerpt, HearsAStopBetweenFramesThatItLeavesOut) {
  for (const ExcerptOptions& part : {ExcerptOptions{.from = 50}, ExcerptOptions{.stride = 900}}) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    auto frames = std::make_unique<Frames>(1000);
    const Frames& read = *frames;
    ExcerptOptions options = part;
    options.stop_descriptor = ends[0];
    const auto source = excerpt(std::move(frames), options);
    if (part.stride > 1) EXPECT_TRUE(source->next());  // nothing is left out before the first
    const std::int64_t before = read.position();
    ASSERT_EQ(::write(ends[1], "x", 1), 1);
    EXPECT_THROW(source->next(), InterruptedError);
    EXPECT_EQ(read.position(), before + 1);
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

TEST(Excerpt, WithoutAFrameSaysWhereTheVideoEnds) {
  const auto source = excerpt(std::make_unique<Frames>(10), {.from = 5});
  try {
    source->next();
    FAIL() << "a frame";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("ten.mp4: no frame lies from 5 s on; the last one read is at 0.9 s"));
  }
}

}  // namespace
}  // namespace heddle::io
