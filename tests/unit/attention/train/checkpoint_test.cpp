#include "attention/train/checkpoint.h"

#include "attention/train/training_error.h"
#include "attention/weights/weights_error.h"
#include "tests/unit/attention/train/linear_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace heddle::attention::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class Checkpoint : public testing::Test {
 protected:
  Checkpoint() {
    path_ = testing::TempDir() + "heddle-checkpoint-" +
            testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  ~Checkpoint() override { std::filesystem::remove(path_); }

  /// A run of four steps, at rest.
  void save() {
    LinearObjective objective;
    Trainer trainer(objective, ten_steps());
    for (int i = 0; i < 4; ++i) trainer.step();
    save_checkpoint(path_, trainer.parameters(), trainer.state(), "lr 0.05");
  }

  std::string path_;
};

TEST_F(Checkpoint, AResumedRunIsTheUninterruptedOneBitForBit) {
  LinearObjective whole_objective, rest_objective;
  Trainer whole(whole_objective, ten_steps()), rest(rest_objective, ten_steps());
  while (!whole.finished()) whole.step();
  save();
  rest.restore(load_checkpoint(path_, rest.parameters()).state);
  EXPECT_EQ(rest.state().step, 4);
  while (!rest.finished()) rest.step();
  EXPECT_EQ(rest.state().values, whole.state().values);
  EXPECT_EQ(rest.state().first, whole.state().first);
  EXPECT_EQ(rest.state().second, whole.state().second);
  EXPECT_EQ(rest.state().average, whole.state().average);
}

TEST_F(Checkpoint, KeepsWhatNamesTheRun) {
  save();
  EXPECT_EQ(load_checkpoint(path_, LinearObjective().parameters()).run, "lr 0.05");
}

TEST_F(Checkpoint, DamageAnywhereInTheArraysIsFound) {
  save();
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path_));
  for (const std::streamoff from_end : {1, 200, 400}) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(size - from_end);
    const int byte = file.get();
    file.seekp(size - from_end);
    file.put(static_cast<char>(byte ^ 4));
    file.close();
    EXPECT_THAT([&] { load_checkpoint(path_, LinearObjective().parameters()); },
                ThrowsMessage<TrainingError>(HasSubstr("damaged")));
  }
}

TEST_F(Checkpoint, OfAnotherModelIsRefused) {
  save();
  ParameterList other;
  other.add("w", {35});
  EXPECT_THAT([&] { load_checkpoint(path_, other); },
              ThrowsMessage<TrainingError>(HasSubstr("other parameters")));
}

TEST_F(Checkpoint, ThatIsCutShortIsRefused) {
  save();
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 10);
  EXPECT_THROW(load_checkpoint(path_, LinearObjective().parameters()), WeightsError);
}

TEST_F(Checkpoint, ThatIsMissingIsRefusedByName) {
  EXPECT_THAT([&] { load_checkpoint(path_, LinearObjective().parameters()); },
              ThrowsMessage<WeightsError>(HasSubstr(path_)));
}

TEST_F(Checkpoint, KeepsWhatTheObjectiveCarriesAndFindsDamageInIt) {
  LinearObjective objective;
  Trainer trainer(objective, ten_steps());
  save_checkpoint(path_, trainer.parameters(), trainer.state(), "", "carried bytes");
  EXPECT_EQ(load_checkpoint(path_, trainer.parameters()).carried, "carried bytes");
  // Bytes are laid out behind all wider elements.
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path_));
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(size - 3);
  file.put('?');
  file.close();
  EXPECT_THAT([&] { load_checkpoint(path_, trainer.parameters()); },
              ThrowsMessage<TrainingError>(HasSubstr("damaged")));
}

TEST_F(Checkpoint, OfAnObjectiveThatCarriesIsRefusedByOneThatDoesNot) {
  LinearObjective objective;
  Trainer trainer(objective, ten_steps());
  EXPECT_THAT([&] { trainer.restore(trainer.state(), "carried bytes"); },
              ThrowsMessage<TrainingError>(HasSubstr("this run has none")));
}

TEST_F(Checkpoint, StateOfAnotherSizeIsRefused) {
  LinearObjective objective;
  Trainer trainer(objective, ten_steps());
  TrainingState state = trainer.state();
  state.second.pop_back();
  EXPECT_THROW(trainer.restore(state), TrainingError);
}

}  // namespace
}  // namespace heddle::attention::train
