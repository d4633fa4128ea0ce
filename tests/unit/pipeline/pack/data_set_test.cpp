#include "pipeline/pack/data_set.h"

#include "attention/weights/weights_error.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"

#include <gmock/gmock.h>

namespace heddle::pipeline {
namespace {

using attention::WeightsError;
using testing::HasSubstr;
using testing::ThrowsMessage;

LabelledSequence sequence(const std::string& name, std::size_t length) {
  LabelledSequence made{name, 11, {}};
  for (auto* track : made.labels.tracks()) track->resize(length);
  return made;
}

class DataSet : public TemporaryFolder {
 protected:
  void write_set(int sequences, bool overwrite = false) const {
    DataSetWriter writer(path("set"), 40, overwrite);
    for (int i = 0; i < sequences; ++i) writer.add(sequence("s" + std::to_string(i), 25));
    writer.finish();
  }
  /// Names in the test's folder.
  std::vector<std::string> there() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(DataSet, IsCutBetweenSequencesAndReplacesAnOlderOneWhole) {
  write_set(5);
  EXPECT_EQ(shards_in(path("set")).size(), 3u);
  write_set(2, true);
  const std::vector<std::string> shards = shards_in(path("set"));
  ASSERT_EQ(shards.size(), 1u);
  EXPECT_EQ(Shard(shards[0]).sequences().size(), 2u);
  EXPECT_THAT(there(), testing::ElementsAre("set"));
}

TEST_F(DataSet, ThatIsThereIsNotReplacedUnasked) {
  write_set(5);
  EXPECT_THAT([&] { write_set(2); }, ThrowsMessage<WeightsError>(HasSubstr("-y replaces it")));
  EXPECT_EQ(shards_in(path("set")).size(), 3u);
}

TEST_F(DataSet, ThatIsNotFinishedLeavesNothingAndTheOlderOneAsItWas) {
  write_set(5);
  {
    DataSetWriter writer(path("set"), 40, true);
    for (int i = 0; i < 3; ++i) writer.add(sequence("new", 25));
    EXPECT_TRUE(std::filesystem::exists(path("set.partial/shard-0000.safetensors")));
  }
  EXPECT_EQ(shards_in(path("set")).size(), 3u);
  EXPECT_EQ(Shard(shards_in(path("set"))[0]).sequences()[0].name, "s0");
  EXPECT_THAT(there(), testing::ElementsAre("set"));
}

TEST_F(DataSet, NeedsAFolderOfItsOwn) {
  std::filesystem::create_directory(path("set"));
  write("set/notes.txt", "mine");
  EXPECT_THAT([&] { write_set(1, true); }, ThrowsMessage<WeightsError>(HasSubstr("'notes.txt'")));
  EXPECT_TRUE(std::filesystem::exists(path("set/notes.txt")));
}

TEST_F(DataSet, StaysReadableWhileAnotherTakesItsName) {
  write_set(2);
  const Shard open(shards_in(path("set"))[0]);
  write_set(5, true);
  EXPECT_EQ(open.sequences()[1].name, "s1");
  EXPECT_EQ(open.sequences()[1].copy(0, 25).bases.back(), 0);
}

TEST_F(DataSet, AFolderWithoutShardsIsRefusedByName) {
  EXPECT_THAT([&] { shards_in(path("nothing")); },
              ThrowsMessage<WeightsError>(HasSubstr(path("nothing"))));
}

}  // namespace
}  // namespace heddle::pipeline
