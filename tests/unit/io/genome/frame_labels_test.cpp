#include "io/formats/frame_labels.h"

#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using testing::HasSubstr;

const std::string kTwo =
    ">c\n01231\n>c genes\n/////wAAAAAAAAAAAAAAAAEAAAA=\n>empty\n\n>empty genes\n\n";

class FrameLabelsText : public testing::Test {
 protected:
  /// What is said of a file of such a text; empty: all is well.
  std::string complaint(const std::string& text) {
    try {
      FrameLabelsReader reader(scratch_.write("x.labels", text));
      while (reader.next()) {
      }
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  ScratchFolder scratch_;
};

TEST_F(FrameLabelsText, AreReadAsTheyWereWritten) {
  FrameLabelsReader reader(scratch_.write("x.labels", kTwo));
  const auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->name, "c");
  EXPECT_EQ(first->frames, "01231");
  EXPECT_THAT(first->genes, testing::ElementsAre(-1, 0, 0, 0, 1));
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->frames.empty() && second->genes.empty());
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(frame_labels_text(*first) + frame_labels_text(*second), kTwo);
}

TEST_F(FrameLabelsText, ThatAreCutShortAnywhereAreRefused) {
  const std::string whole = kTwo.substr(0, kTwo.find(">empty"));
  EXPECT_EQ(complaint(whole.substr(0, whole.size() - 1)), "") << "a last line may lack its end";
  for (std::size_t size = 1; size + 1 < whole.size(); ++size) {
    EXPECT_NE(complaint(whole.substr(0, size)), "") << size;
  }
  EXPECT_THAT(
      complaint(whole.substr(0, 9)),
      HasSubstr("x.labels, line 3: the labels of 'c' are cut short; its file is not whole"));
}

TEST_F(FrameLabelsText, ThatAreNoneNameTheLine) {
  EXPECT_THAT(complaint("##gff-version 3\n"),
              HasSubstr("line 1: expected '>' and a sequence's name; heddle eval errors writes"));
  EXPECT_THAT(complaint(">c\nACGT\n"), HasSubstr("line 2: column 1: 'A' is no label of a base"));
  EXPECT_THAT(complaint(">c\n0127\n"), HasSubstr("line 2: column 4: '7' is no label of a base"));
  EXPECT_THAT(complaint(">c\n0\n>d genes\n/////w==\n"), HasSubstr("line 3: expected '>c genes'"));
  EXPECT_THAT(complaint(">c\n0\n>c genes\n////!w==\n"),
              HasSubstr("line 4: the numbers of genes of 'c' are no base64"));
  EXPECT_THAT(complaint(">c\n00\n>c genes\n/////w==\n"),
              HasSubstr("line 4: the numbers of genes of 'c' are 8 letters of base64, where its 2 "
                        "labels have 12"));
  EXPECT_THAT(complaint(">c\n0\n>c genes\n//////////8=\n"), HasSubstr("12 letters of base64"));
}

}  // namespace
}  // namespace heddle::io
