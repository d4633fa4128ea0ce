// Folders and numbered patterns of pictures. PPM is written here: its bytes are the pixels.

#include "io/formats/pictures.h"

#include "clips.h"
#include "io/formats/natural_order.h"
#include "io/interrupted_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace heddle::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// All of one grey.
std::string ppm(char grey, int width = 16, int height = 12) {
  return "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" +
         std::string(static_cast<std::size_t>(3 * width * height), grey);
}

std::vector<int> greys(const Reading& reading) {
  std::vector<int> found;
  for (const Frame& frame : reading.frames) found.push_back(frame.bgr.front());
  return found;
}

std::vector<std::int64_t> numbers(const Reading& reading) {
  std::vector<std::int64_t> found;
  for (const Frame& frame : reading.frames) found.push_back(frame.number);
  return found;
}

TEST(NaturalOrder, TakesRunsOfDigitsByTheirValue) {
  for (const auto& [a, b] : std::vector<std::pair<const char*, const char*>>{
           {"img2", "img10"},
           {"img009", "img10"},
           {"a", "b"},
           {"a1b2", "a1b10"},
           {"a", "a1"},
           {"01", "1"},
           {"9", "10"},
           {"x99999999999999999999998", "x99999999999999999999999"}}) {
    EXPECT_TRUE(naturally_before(a, b)) << a << " " << b;
    EXPECT_FALSE(naturally_before(b, a)) << b << " " << a;
    EXPECT_FALSE(naturally_before(a, a)) << a;
  }
}

TEST(Pictures, OfAFolderComeInNaturalOrderAndNothingElseIsRead) {
  const TemporaryFolder folder;
  folder.write("img10.ppm", ppm(30));
  folder.write("img2.PPM", ppm(20));
  folder.write("notes.txt", "no picture");
  std::filesystem::create_directory(folder / "img5.ppm");
  const Reading reading = read_video(folder / "");
  EXPECT_EQ(reading.error, "");
  EXPECT_THAT(greys(reading), ElementsAre(20, 30));
  EXPECT_EQ(reading.info.format, "2 pictures: ppm 16x12 rgb24");
  EXPECT_EQ(reading.info.total, 2);
  EXPECT_EQ(reading.info.width, 16);
}

TEST(Pictures, HaveTheTimesOfTheRateThatIsGiven) {
  const TemporaryFolder folder;
  for (int i = 1; i <= 3; ++i) folder.write("a" + std::to_string(i) + ".ppm", ppm(10));
  const Reading reading = read_video(folder / "", {.picture_rate = 10});
  ASSERT_EQ(reading.frames.size(), 3u);
  EXPECT_DOUBLE_EQ(reading.frames[2].seconds, 0.2);
  EXPECT_DOUBLE_EQ(reading.info.frames_per_second, 10);
}

TEST(Pictures, OfAPatternKeepTheDistanceOfTheirNumbers) {
  const TemporaryFolder folder;
  folder.write("f000007.ppm", ppm(7));
  folder.write("f000008.ppm", ppm(8));
  folder.write("f000011.ppm", ppm(11));
  folder.write("f12.ppm", ppm(99));      // fewer digits
  folder.write("g000009.ppm", ppm(99));  // another name
  folder.write("f000009.ppm.bak", ppm(99));
  const Reading reading = read_video(folder / "f%06d.ppm");
  EXPECT_EQ(reading.error, "");
  EXPECT_THAT(greys(reading), ElementsAre(7, 8, 11));
  EXPECT_THAT(numbers(reading), ElementsAre(0, 1, 4));
  EXPECT_FALSE(reading.frames[1].after_gap);
  EXPECT_TRUE(reading.frames[2].after_gap);
  EXPECT_EQ(reading.info.total, 5);
}

TEST(Pictures, OfAPatternWithoutZerosCountOn) {
  const TemporaryFolder folder;
  folder.write("9.ppm", ppm(9));
  folder.write("10.ppm", ppm(10));
  folder.write("011.ppm", ppm(99));
  EXPECT_THAT(greys(read_video(folder / "%d.ppm")), ElementsAre(9, 10));
}

TEST(Pictures, APercentSignInAFilesOwnNameIsNoPattern) {
  const TemporaryFolder folder;
  folder.write("a%02d.ppm", ppm(5));
  EXPECT_FALSE(names_pictures(folder / "a%02d.ppm"));
  EXPECT_THAT(greys(read_video(folder / "a%02d.ppm")), ElementsAre(5));
}

TEST(Pictures, ThatAreBrokenAreLeftOutAndCountedAtTheEnd) {
  const TemporaryFolder folder;
  folder.write("1.ppm", ppm(1));
  folder.write("2.ppm", "P6\n16 12\n255\n");
  folder.write("3.ppm", "");
  folder.write("4.ppm", ppm(4));
  const Reading reading = read_video(folder / "");
  EXPECT_THAT(numbers(reading), ElementsAre(0, 3));
  EXPECT_TRUE(reading.frames[1].after_gap);
  EXPECT_THAT(reading.error, HasSubstr("2 of 4 pictures could not be read, the first: "));
  EXPECT_THAT(reading.error, HasSubstr("2.ppm"));
}

TEST(Pictures, AStopWhileOneIsWaitedForIsNoDamage) {
  const TemporaryFolder folder;
  folder.write("1.ppm", ppm(1));
  const std::string second = folder.write("2.ppm", ppm(2));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto source = open_source(folder / "", {.stop_descriptor = ends[0]});
  ASSERT_TRUE(source->next());
  std::filesystem::remove(second);  // a pipe to which nobody writes stands there now
  ASSERT_EQ(::mkfifo(second.c_str(), 0600), 0);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_THROW(source->next(), InterruptedError);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Pictures, OfAnotherSizeAreRefusedByName) {
  const TemporaryFolder folder;
  folder.write("1.ppm", ppm(1));
  folder.write("2.ppm", ppm(2, 8, 6));
  EXPECT_THAT(read_video(folder / "").error,
              HasSubstr("2.ppm: is 8x6, the pictures before it are 16x12"));
}

TEST(Pictures, ThatAreNotThereAreAnErrorThatSaysWhatIsRead) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_video(folder / "").error, HasSubstr("is a folder without pictures (jpg"));
  EXPECT_THAT(read_video(folder / "x%04d.jpg").error, HasSubstr("no file is of this pattern"));
  EXPECT_THAT(read_video(folder / "missing/x%04d.jpg").error, HasSubstr("cannot be read"));
}

TEST(Pictures, GiveTheirOutputsANameWithoutTheNumber) {
  EXPECT_EQ(without_number("img%06d.jpg"), "img.jpg");
  EXPECT_EQ(without_number("clip.mp4"), "clip.mp4");
}

}  // namespace
}  // namespace heddle::io
