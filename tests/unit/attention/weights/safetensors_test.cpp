#include "attention/weights/safetensors.h"

#include "attention/weights/safetensors_writer.h"
#include "attention/weights/weights_error.h"
#include "tests/unit/attention/weights/weights_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace heddle::attention {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class TemporaryFolder : public ::testing::Test {
 protected:
  TemporaryFolder() {
    std::string name = ::testing::TempDir() + "heddle-weights-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

using SafetensorsFile = TemporaryFolder;

std::string small_file() {
  const Tensor bytes(DType::kU8, {3});
  const Tensor wide(DType::kF64, {2});
  const Tensor half(DType::kF16, {2, 5});
  half.view().as<Half>()[7] = half_from(1.5f);
  return weights_bytes({{"bytes", bytes.view()}, {"half", half.view()}, {"wide", wide.view()}},
                       {{"made by", "a test"}});
}

TEST_F(SafetensorsFile, GivesBackWhatWasWritten) {
  Tensor table(DType::kF32, {2, 3});
  for (int i = 0; i < 6; ++i) table.view().as<float>()[i] = static_cast<float>(i);
  const Tensor bytes(DType::kU8, {5});
  write_weights(path("a"),
                {{"b", bytes.view()}, {"turned", table.view().permute({1, 0})}},
                {{"key", "value \"quoted\""}});
  const Weights weights(path("a"));
  EXPECT_EQ(describe(weights.tensor("turned")), "f32 (3, 2)");
  EXPECT_EQ(weights.tensor("turned").as<float>()[1], 3.0f);
  EXPECT_EQ(describe(weights.tensor("b")), "u8 (5)");
  EXPECT_EQ(weights.metadata().at("key"), "value \"quoted\"");
}

TEST_F(SafetensorsFile, KeepsScalarsAndEmptyTensors) {
  const Tensor scalar(DType::kI64, {});
  const Tensor none(DType::kBF16, {0, 4});
  write_weights(path("a"), {{"none", none.view()}, {"scalar", scalar.view()}});
  const Weights weights(path("a"));
  EXPECT_EQ(weights.tensor("none").size(), 0);
  EXPECT_EQ(weights.tensor("scalar").rank, 0);
}

TEST_F(SafetensorsFile, NamesTheFileAndTheTensorThatIsNotThere) {
  write_weights(path("a"), {});
  EXPECT_THAT([&] { Weights(path("a")).tensor("blk.9"); },
              ThrowsMessage<WeightsError>(HasSubstr("no tensor 'blk.9'")));
  EXPECT_THAT([&] { Weights weights(path("b")); },
              ThrowsMessage<WeightsError>(HasSubstr(path("b") + ": cannot open")));
  EXPECT_THROW(Weights(folder_.string()), WeightsError);
}

TEST_F(SafetensorsFile, RefusesAnEmptyFile) {
  std::ofstream(path("empty")).close();
  EXPECT_THAT([&] { Weights weights(path("empty")); },
              ThrowsMessage<WeightsError>(HasSubstr("expected at least 8 bytes, the file has 0")));
}

TEST_F(SafetensorsFile, AppearsWholeOrNotAtAll) {
  const Tensor one(DType::kF32, {1});
  EXPECT_THROW(write_weights(path("missing/a"), {{"one", one.view()}}), WeightsError);
  std::filesystem::create_directory(path("taken"));
  EXPECT_THROW(write_weights(path("taken"), {{"one", one.view()}}), WeightsError);
  EXPECT_TRUE(std::filesystem::is_empty(path("taken")));
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    entries += !entry.path().empty();
  EXPECT_EQ(entries, 1U);  // no temporary stays behind
}

TEST(Safetensors, RefusesEveryPrefixOfAFile) {
  const std::string whole = small_file();
  EXPECT_EQ(check(whole).tensors.size(), 3U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(check(whole.substr(0, size)), WeightsError) << size;
  }
}

TEST(Safetensors, RefusesBytesAfterTheLastTensor) {
  EXPECT_THAT([] { check(small_file() + '\0'); },
              ThrowsMessage<WeightsError>(HasSubstr("the tensors end at byte")));
}

TEST(Safetensors, TwoThousandMutationsAreReadOrRefusedButNeverBreak) {
  const std::string whole = small_file();
  std::mt19937 random(2026);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (std::uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % bytes.size();
      if (random() % 4 == 0) {
        bytes.erase(at, 1);
      } else if (random() % 4 == 0) {
        bytes.insert(at, 1, static_cast<char>(random()));
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    try {
      for (const auto& [name, tensor] : check(bytes).tensors) EXPECT_LE(tensor.size(), 16);
    } catch (const WeightsError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace heddle::attention
