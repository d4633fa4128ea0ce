#include "pipeline/pack/shard.h"

#include "attention/memory/crc32.h"
#include "attention/weights/safetensors_writer.h"
#include "attention/weights/weights_error.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <map>

namespace heddle::pipeline {
namespace {

using attention::WeightsError;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

LabelledSequence sequence(const std::string& name, std::size_t length, int code = 11) {
  LabelledSequence made{name, code, {}};
  for (std::size_t i = 0; i < length; ++i) {
    made.labels.bases.push_back(static_cast<std::uint8_t>(i % 5));
    made.labels.plus.push_back(static_cast<std::uint8_t>(i % 4));
    made.labels.minus.push_back(i % 7 == 0 ? kUnlabelled : 0);
    made.labels.starts.push_back(static_cast<std::uint8_t>(i % 3));
    made.labels.rna.push_back(static_cast<std::uint8_t>(i % 11));
  }
  return made;
}

class ShardFile : public TemporaryFolder {};

TEST_F(ShardFile, GivesBackWhatWasWritten) {
  const std::vector<LabelledSequence> written = {sequence("one", 10), sequence("two words", 23, 4)};
  write_shard(path("s"), written);
  const Shard shard(path("s"));
  ASSERT_EQ(shard.sequences().size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const LabelledView& read = shard.sequences()[i];
    EXPECT_EQ(read.name, written[i].name);
    EXPECT_EQ(read.genetic_code, written[i].genetic_code);
    const LabelledBases all = read.copy(0, read.size());
    EXPECT_EQ(all.bases, written[i].labels.bases);
    EXPECT_EQ(all.plus, written[i].labels.plus);
    EXPECT_EQ(all.minus, written[i].labels.minus);
    EXPECT_EQ(all.starts, written[i].labels.starts);
    EXPECT_EQ(all.rna, written[i].labels.rna);
  }
}

TEST_F(ShardFile, OneChangedBaseIsDamage) {
  write_shard(path("s"), std::vector{sequence("one", 4000)});
  std::fstream file(path("s"), std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto at = static_cast<std::streamoff>(bytes.find(std::string("\0\1\2\3\4\0\1\2\3\4", 10)));
  file.clear();
  file.seekp(at + 1005);
  file.put(1);  // a base, but another
  file.close();
  EXPECT_THAT([&] { Shard(path("s")); },
              ThrowsMessage<WeightsError>(
                  testing::AllOf(HasSubstr("damaged"), HasSubstr("heddle train --pack"))));
}

TEST_F(ShardFile, EveryTruncationIsRefused) {
  write_shard(path("s"), std::vector{sequence("one", 30)});
  for (auto size = std::filesystem::file_size(path("s")); size-- > 0;) {
    std::filesystem::resize_file(path("s"), size);
    EXPECT_THROW(Shard(path("s")), WeightsError) << size;
  }
}

TEST_F(ShardFile, AValueThatIsNoBaseIsRefusedWhateverTheSumSays) {
  LabelledSequence bad = sequence("one", 10);
  bad.labels.bases[3] = 9;
  write_shard(path("s"), std::vector{bad});
  EXPECT_THAT([&] { Shard(path("s")); }, ThrowsMessage<WeightsError>(HasSubstr("'bases' holds 9")));
}

TEST_F(ShardFile, AnotherVersionAndAnotherFileAreRefused) {
  attention::write_weights(path("model"), {}, {});
  EXPECT_THAT([&] { Shard(path("model")); }, ThrowsMessage<WeightsError>(HasSubstr("no shard")));
  attention::write_weights(path("new"), {}, {{"heddle.shard", "3"}});
  EXPECT_THAT([&] { Shard(path("new")); }, ThrowsMessage<WeightsError>(HasSubstr("version 3")));
}

/// As a program before the fifth track wrote it.
void write_version_1(const std::string& path, const LabelledSequence& sequence) {
  LabelledBases labels = sequence.labels;
  std::vector<std::int64_t> ends = {labels.size()};
  std::vector<std::int32_t> codes = {sequence.genetic_code};
  std::vector<std::uint8_t> names(sequence.name.begin(), sequence.name.end());
  names.push_back(0);
  std::map<std::string, attention::TensorView> tensors;
  attention::Crc32 sum;
  const auto add = [&](const char* name, auto& values) {
    tensors[name] = attention::view_of(values.data(), {static_cast<std::int64_t>(values.size())});
    sum.add(values.data(), values.size() * sizeof(values[0]));
  };
  add("bases", labels.bases);
  add("plus", labels.plus);
  add("minus", labels.minus);
  add("starts", labels.starts);
  add("ends", ends);
  add("codes", codes);
  add("names", names);
  char text[16];
  std::snprintf(text, sizeof text, "%08x", sum.value());
  attention::write_weights(path, tensors, {{"heddle.shard", "1"}, {"crc", text}});
}

TEST_F(ShardFile, OfVersionOneKnowsNoRnaGenesAndAllElse) {
  const LabelledSequence written = sequence("old", 20);
  write_version_1(path("s"), written);
  const Shard shard(path("s"));
  const LabelledBases all = shard.sequences()[0].copy(0, 20);
  EXPECT_EQ(all.plus, written.labels.plus);
  EXPECT_THAT(all.rna, testing::Each(kUnlabelled));
}

TEST_F(ShardFile, ARnaClassThatNobodyKnowsIsRefused) {
  LabelledSequence bad = sequence("one", 10);
  bad.labels.rna[3] = 11;
  write_shard(path("s"), std::vector{bad});
  EXPECT_THAT([&] { Shard(path("s")); }, ThrowsMessage<WeightsError>(HasSubstr("'rna' holds 11")));
}

TEST_F(ShardFile, AGeneticCodeThatNobodyKnowsIsRefusedWithItsSequence) {
  write_shard(path("s"), std::vector{sequence("chr", 10), sequence("mito", 10, 2)});
  EXPECT_THAT(
      [&] { Shard(path("s")); },
      ThrowsMessage<WeightsError>(testing::AllOf(HasSubstr("'mito'"), HasSubstr("code 2"))));
}

}  // namespace
}  // namespace heddle::pipeline
