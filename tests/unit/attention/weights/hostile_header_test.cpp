#include "attention/weights/weights_error.h"
#include "tests/unit/attention/weights/weights_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

struct Hostile {
  std::string name;
  std::string header;
  std::size_t data;
  std::string says;
};

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string many_tensors() {
  std::string header = "{";
  for (int i = 0; i < 4097; ++i) {
    header += (i ? ",\"t" : "\"t") + std::to_string(i) + "\":" + entry("U8", "[0]", "[0,0]");
  }
  return header + "}";
}

std::vector<Hostile> hostile_headers() {
  return {
      {"NotJson", "{\"a\"", 0, "not valid JSON"},
      {"NotAnObject", "[1,2]", 0, "expected the header to be an object"},
      {"DepthBomb", std::string(100000, '['), 0, "nested deeper than 16"},
      {"TextAfterTheEnd", "{} {}", 0, "not valid JSON"},
      {"NotUtf8", "{\"\xff\":1}", 0, "not valid JSON"},
      {"SameNameTwice",
       "{\"a\":" + entry("U8", "[1]", "[0,1]") + ",\"a\":" + entry("U8", "[1]", "[0,1]") + "}",
       1,
       "'a' appears twice"},
      {"SameKeyTwice",
       R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
       1,
       "'dtype' appears twice"},
      {"TooManyTensors", many_tensors(), 0, "the limit is 4096"},
      {"EntryIsANumber", R"({"a":7})", 0, "exactly dtype, shape and data_offsets"},
      {"FieldMissing", R"({"a":{"dtype":"U8","shape":[1]}})", 1, "exactly dtype"},
      {"FieldTooMany",
       R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})",
       1,
       "exactly dtype"},
      {"UnknownDType", "{\"a\":" + entry("F8_E5M2", "[1]", "[0,1]") + "}", 1, "dtype 'F8_E5M2'"},
      {"TooManyAxes",
       "{\"a\":" + entry("U8", "[1,1,1,1,1,1]", "[0,1]") + "}",
       1,
       "at most 5 axes, got 6"},
      {"NegativeExtent", "{\"a\":" + entry("U8", "[-1]", "[0,1]") + "}", 1, "whole numbers"},
      {"FractionalExtent", "{\"a\":" + entry("U8", "[1.5]", "[0,1]") + "}", 1, "whole numbers"},
      {"HugeExtent",
       "{\"a\":" + entry("U8", "[18446744073709551615]", "[0,1]") + "}",
       1,
       "below 2^63"},
      {"ProductOverflows",
       "{\"a\":" + entry("F32", "[4294967296,4294967296]", "[0,0]") + "}",
       0,
       "more bytes than 63 bits count"},
      {"ProductWrapsToTheRightSize",
       "{\"a\":" + entry("F32", "[4611686018427387905]", "[0,4]") + "}",
       4,
       "more bytes than 63 bits count"},
      {"OffsetsBackwards", "{\"a\":" + entry("U8", "[1]", "[1,0]") + "}", 1, "offsets [1, 0)"},
      {"OffsetsBeyondTheEnd",
       "{\"a\":" + entry("U8", "[4]", "[0,4]") + "}",
       3,
       "[0, 4) do not lie in 3 bytes"},
      {"OffsetsNegative", "{\"a\":" + entry("U8", "[1]", "[-1,0]") + "}", 1, "two whole numbers"},
      {"ThreeOffsets", "{\"a\":" + entry("U8", "[1]", "[0,1,1]") + "}", 1, "two whole numbers"},
      {"ShapeAndOffsetsDisagree",
       "{\"a\":" + entry("F32", "[2]", "[0,4]") + "}",
       4,
       "asks for 8 bytes, its offsets hold 4"},
      {"Overlap",
       "{\"a\":" + entry("U8", "[2]", "[0,2]") + ",\"b\":" + entry("U8", "[2]", "[1,3]") + "}",
       3,
       "starts at 1, the data before it ends at 2 (overlap)"},
      {"Gap",
       "{\"a\":" + entry("U8", "[1]", "[0,1]") + ",\"b\":" + entry("U8", "[1]", "[2,3]") + "}",
       3,
       "starts at 2, the data before it ends at 1 (gap)"},
      {"DataWithoutTensors", "{}", 8, "end at byte 0 of 8"},
      {"MetadataOfNumbers", R"({"__metadata__":{"a":1}})", 0, "metadata 'a' is not a string"},
      {"MetadataIsAList", R"({"__metadata__":[]})", 0, "expected __metadata__"},
      {"HeaderEmpty", "", 0, "not valid JSON"},
  };
}

class HostileHeader : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileHeader, IsRefusedInWordsThatNameTheFault) {
  EXPECT_THAT([] { check(file_with(GetParam().header, GetParam().data)); },
              ::testing::ThrowsMessage<WeightsError>(::testing::AllOf(
                  ::testing::StartsWith("test file: "), ::testing::HasSubstr(GetParam().says))));
}

INSTANTIATE_TEST_SUITE_P(Table,
                         HostileHeader,
                         ::testing::ValuesIn(hostile_headers()),
                         [](const auto& row) { return row.param.name; });

TEST(HostileFile, AHeaderLongerThanTheLimitIsRefusedBeforeItIsRead) {
  EXPECT_THAT([] { check(file_with(std::string((1 << 20) + 1, ' '), 0)); },
              ::testing::ThrowsMessage<WeightsError>(::testing::HasSubstr("the limit is 1048576")));
}

TEST(HostileFile, AHeaderLengthBeyondTheFileIsRefused) {
  std::string bytes = file_with("{}", 0);
  bytes[0] = 3;
  EXPECT_THAT([&] { check(bytes); },
              ::testing::ThrowsMessage<WeightsError>(
                  ::testing::HasSubstr("it has 3 bytes, the file has 2 after")));
}

TEST(HostileFile, ATensorOffItsAlignmentIsRefused) {
  const std::string header =
      "{\"a\":" + entry("U8", "[2]", "[0,2]") + ",\"b\":" + entry("F32", "[1]", "[2,6]") + "}";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_THAT(
      [&] { check(file_with(padded, 6)); },
      ::testing::ThrowsMessage<WeightsError>(::testing::HasSubstr("which is not a multiple of 4")));
}

}  // namespace
}  // namespace heddle::attention
