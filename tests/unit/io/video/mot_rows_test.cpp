#include "io/formats/mot_rows.h"

#include "clips.h"
#include "io/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heddle::io {
namespace {

std::vector<MotRow> rows_of(const std::string& text) {
  const TemporaryFolder folder;
  std::ofstream(folder / "rows.txt", std::ios::binary) << text;
  return read_mot(folder / "rows.txt");
}

std::string error_of(const std::string& text) {
  try {
    rows_of(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(MotRows, ReadDetectionsTracksAndTruth) {
  const auto rows = rows_of("1,-1,281.5,187,80,209.25,0.99,-1,-1,-1\n3,7,1,2,3,4,1,12,0.25\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, -1);
  EXPECT_EQ(rows[0].x, 281.5);
  EXPECT_EQ(rows[0].confidence, 0.99);
  EXPECT_EQ(rows[1].frame, 3);
  EXPECT_EQ(rows[1].type, 12);
  EXPECT_EQ(rows[1].visibility, 0.25);
}

TEST(MotRows, MayBeSeparatedByBlanksAndEndWithoutAConfidence) {
  const auto rows = rows_of("1 2 3 4 5 6\r\n\n2.0, 2, 3, 4, 5, 6");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].height, 6);
  EXPECT_EQ(rows[0].confidence, 1);
  EXPECT_EQ(rows[1].frame, 2);
  EXPECT_EQ(rows[1].columns, 6);
}

TEST(MotRows, NameTheLineOfWhatTheyRefuse) {
  EXPECT_THAT(error_of("1,1,2,3,4,5\n1,1,2,3\n"), testing::HasSubstr("line 2: has 4 columns"));
  EXPECT_THAT(error_of("1,1,2,wide,4,5\n"), testing::HasSubstr("column 4 is 'wide'"));
  EXPECT_THAT(error_of("1,1,2,nan,4,5\n"), testing::HasSubstr("column 4 is 'nan'"));
  EXPECT_THAT(error_of("0,1,2,3,4,5\n"), testing::HasSubstr("frames count from 1"));
  EXPECT_THAT(error_of("1,1,2,3,4,5\n1,2,2,3,-4,5\n"),
              testing::AllOf(testing::HasSubstr("line 2"), testing::HasSubstr("a box of -4 x 5")));
  EXPECT_THAT(error_of("1.5,1,2,3,4,5\n"), testing::HasSubstr("a whole number"));
  EXPECT_THAT(error_of("1,1,,3,4,5\n"), testing::HasSubstr("column 3 is ''"));
}

}  // namespace
}  // namespace heddle::io
