// Learning through memory: streams, their memories, and runs that go on.

#include "attention/train/stream_objective.h"

#include "attention/train/checkpoint.h"
#include "attention/train/trainer.h"
#include "attention/train/training_error.h"
#include "tests/unit/attention/train/tiny_stream_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <vector>

namespace heddle::attention::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TrainingOptions ten_stream_steps() {
  TrainingOptions options;
  options.schedule = {.peak = 0.01, .warm_up = 2, .steps = 10, .final_share = 0.1};
  options.batch = 2;
  return options;
}

StreamObjective objective(const StreamSettings& stream,
                          const char* on = "cpu",
                          const Parameters& parameters = tiny_stream_model()) {
  static const MadeStreams source;
  ModelObjectiveSettings settings;
  settings.losses = [](int channels) {
    return std::vector<LossSpec>{{.name = "next", .classes = channels}};
  };
  settings.inputs = {shape_of(DType::kU8, {kSegmentRows})};
  return {
      parameters.clone(), model_spec(parameters, "tiny"), source, settings, stream, backend(on)};
}

std::vector<double> losses(StreamObjective trained) {
  Trainer trainer(trained, ten_stream_steps());
  std::vector<double> made;
  while (!trainer.finished()) made.push_back(trainer.step().loss.total);
  return made;
}

std::vector<float> first_values(const StreamObjective& of) {
  std::vector<float> values(static_cast<std::size_t>(of.parameters().size()));
  of.initial(values);
  return values;
}

TEST(StreamObjective, TenStepsGiveTheStoredLossesOnEveryBackEnd) {
  // Of the reference back end, whose gradients the finite differences below judge.
  const std::vector<double> stored = {2.5859644,
                                      2.0116465,
                                      1.5886459,
                                      1.5155113,
                                      1.4152220,
                                      1.3683029,
                                      1.8406900,
                                      1.9151039,
                                      1.7082556,
                                      2.1565815};
  for (const char* on : {"cpu", "reference"}) {
    const std::vector<double> made = losses(objective({.segments = 2}, on));
    ASSERT_EQ(made.size(), stored.size());
    // Two ways to add in fp32; ten steps let the difference grow.
    for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_NEAR(made[i], stored[i], 1e-5) << i;
  }
}

TEST(StreamObjective, ThreadsChangeNoBit) {
  std::vector<std::vector<double>> seen;
  for (const std::size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    seen.push_back(losses(objective({.segments = 3})));
  }
  EXPECT_EQ(seen[0], seen[1]);
}

/// The step whose gradient is judged: 0 and its segments are one document's first; those of step 1
/// are its last and, where `segments` is 2, the next one's first.
class StreamGradient : public testing::TestWithParam<std::int64_t> {};

TEST_P(StreamGradient, OfAWholeModelIsThatOfFiniteDifferencesOverTwoSegments) {
  StreamObjective trained = objective({.segments = 2}, "reference");
  std::vector<float> values = first_values(trained);
  const std::vector<float> before = values;
  const std::size_t size = values.size();
  // What was remembered before the step is made of the first values, whatever those in it are.
  const auto loss = [&](std::span<float> gradient) {
    trained.use(before);
    std::vector<float> unused(size);
    for (std::int64_t step = 0; step < GetParam(); ++step) trained.train({1, step, 0}, unused);
    trained.use(values);
    return trained.train({1, GetParam(), 0}, gradient).total;
  };
  std::vector<float> gradient(size), unused(size);
  loss(gradient);
  for (const ParameterSlot& slot : trained.parameters().slots()) {
    for (const std::int64_t part : {1, 2}) {
      const auto i = static_cast<std::size_t>(slot.begin + slot.count * part / 3);
      constexpr float kStep = 1.0f / 256;
      double sides[2];
      for (const int side : {0, 1}) {
        values[i] = before[i] + (side == 0 ? -kStep : kStep);
        sides[side] = loss(unused);
      }
      values[i] = before[i];
      // fp32 activations: losses of about 2 are known to 1e-6, differences to 1e-6 * 128.
      EXPECT_NEAR(gradient[i], (sides[1] - sides[0]) / (2 * kStep), 4e-4) << slot.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, StreamGradient, testing::Values(0, 1));

TEST(StreamObjective, ALaterSegmentTeachesTheOnesBeforeItInItsStepAlone) {
  // The same four segments' work, in steps of two and in steps of one.
  std::vector<float> together(first_values(objective({})).size()), apart(together);
  StreamObjective two = objective({.segments = 2});
  two.use(first_values(two));
  two.train({1, 0, 0}, together);
  StreamObjective one = objective({.segments = 1});
  one.use(first_values(one));
  double losses = 0;
  for (const std::int64_t step : {0, 1}) losses += one.train({1, step, 0}, apart).total;
  for (float& x : apart) x /= 2;
  EXPECT_NE(together, apart);
  two.train({1, 0, 0}, together);
  EXPECT_DOUBLE_EQ(two.train({1, 0, 0}, together).total, losses / 2);
}

TEST(StreamObjective, ARowRemembersWhatItsEarlierStepsRead) {
  const auto second_loss = [](bool read_past) {
    StreamObjective trained = objective({.segments = 1, .read_past = read_past});
    std::vector<float> gradient(first_values(trained).size());
    trained.use(first_values(trained));
    const double first = trained.train({1, 0, 0}, gradient).total;
    return std::pair(first, trained.train({1, 1, 0}, gradient).total);
  };
  const auto with = second_loss(true), without = second_loss(false);
  EXPECT_EQ(with.first, without.first);
  EXPECT_NE(with.second, without.second);
}

TEST(StreamObjective, ADocumentBeginsWithAnEmptyMemory) {
  StreamObjective trained = objective({.segments = 1});
  std::vector<float> gradient(first_values(trained).size());
  trained.use(first_values(trained));
  for (const std::int64_t step : {0, 1, 2}) trained.train({1, step, 0}, gradient);
  const double after_another = trained.train({1, 3, 0}, gradient).total;
  StreamObjective fresh = objective({.segments = 1});
  fresh.use(first_values(fresh));
  EXPECT_EQ(fresh.train({1, 3, 0}, gradient).total, after_another);
}

TEST(StreamObjective, EveryRowOfABatchHasAMemoryOfItsOwn) {
  const auto losses_of_row = [](bool beside) {
    StreamObjective trained = objective({.segments = 1});
    std::vector<float> gradient(first_values(trained).size());
    trained.use(first_values(trained));
    std::vector<double> seen;
    for (const std::int64_t step : {0, 1, 2}) {
      seen.push_back(trained.train({1, step, 0}, gradient).total);
      if (beside) trained.train({1, step, 1}, gradient);
    }
    return seen;
  };
  EXPECT_EQ(losses_of_row(false), losses_of_row(true));
}

TEST(StreamObjective, ARowWhoseLossIsNoNumberForgets) {
  StreamObjective trained = objective({.segments = 1});
  const std::vector<float> values = first_values(trained);
  std::vector<float> gradient(values.size());
  trained.use(std::vector<float>(values.size(), std::numeric_limits<float>::quiet_NaN()));
  EXPECT_TRUE(std::isnan(trained.train({1, 0, 0}, gradient).total));
  trained.use(values);
  EXPECT_TRUE(std::isfinite(trained.train({1, 1, 0}, gradient).total));
}

TEST(StreamObjective, ValidationDisturbsNoRow) {
  const auto run = [](bool validates) {
    StreamObjective trained = objective({.segments = 2});
    Trainer trainer(trained, ten_stream_steps());
    while (!trainer.finished()) {
      trainer.step();
      if (validates) trainer.validate();
    }
    return trainer.state().values;
  };
  EXPECT_EQ(run(false), run(true));
}

TEST(StreamObjective, ARunResumedInTheMiddleOfADocumentIsTheUninterruptedOneBitForBit) {
  const std::string path =
      testing::TempDir() + "heddle-stream-checkpoint-" + std::to_string(::getpid());
  StreamObjective whole_objective = objective({.segments = 2}),
                  first_objective = objective({.segments = 2}),
                  rest_objective = objective({.segments = 2});
  Trainer whole(whole_objective, ten_stream_steps()), first(first_objective, ten_stream_steps()),
      rest(rest_objective, ten_stream_steps());
  while (!whole.finished()) whole.step();
  for (int i = 0; i < 4; ++i) first.step();  // 8 segments: two documents and two thirds
  save_checkpoint(path, first.parameters(), first.state(), "", first.carried());
  LoadedCheckpoint loaded = load_checkpoint(path, rest.parameters());
  EXPECT_FALSE(loaded.carried.empty());
  rest.restore(std::move(loaded.state), loaded.carried);
  while (!rest.finished()) rest.step();
  EXPECT_EQ(rest.state().values, whole.state().values);
  EXPECT_EQ(rest.state().average, whole.state().average);
  // Without the memories it is another run: they count.
  StreamObjective empty_objective = objective({.segments = 2});
  Trainer empty(empty_objective, ten_stream_steps());
  empty.restore(load_checkpoint(path, empty.parameters()).state, objective({}).carried());
  while (!empty.finished()) empty.step();
  EXPECT_NE(empty.state().values, whole.state().values);
  std::filesystem::remove(path);
}

TEST(StreamObjective, MemoriesOfAnotherRunAreRefused) {
  StreamObjective trained = objective({});
  EXPECT_THAT([&] { trained.carry(""); },
              ThrowsMessage<TrainingError>(HasSubstr("no memories of streams")));
  std::vector<float> gradient(first_values(trained).size());
  trained.use(first_values(trained));
  trained.train({1, 0, 0}, gradient);
  std::string bytes = trained.carried();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 8);
  EXPECT_THAT([&] { trained.carry(bytes); },
              ThrowsMessage<TrainingError>(HasSubstr("the memory of a row")));
}

class StreamCompression : public testing::TestWithParam<std::string> {};

TEST_P(StreamCompression, HasWeightsThatTrainingChanges) {
  const Parameters parameters = tiny_stream_model(
      R"(, "compressed_blocks": 2, "compression_ratio": 4, "compression_weights": "fold.{i}",
           "compression": ")" +
      GetParam() + '"');
  StreamObjective trained = objective({.segments = 3}, "cpu", parameters);
  TrainingOptions options = ten_stream_steps();
  options.adamw.decay = 0;
  Trainer trainer(trained, options);
  while (!trainer.finished()) trainer.step();
  const Parameters made = trained.with(trainer.state().values);
  for (std::size_t i = 0; i < made.count(); ++i) {
    const auto bits = [i](const Parameters& of) {
      return std::vector<float>(of.at(i).as<float>(), of.at(i).as<float>() + of.at(i).size());
    };
    EXPECT_NE(bits(made), bits(parameters)) << made.info(i).name;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         StreamCompression,
                         testing::Values("conv", "pool"),
                         [](const auto& kind) { return kind.param; });

TEST(StreamObjective, LearnsARuleThatOnlyMemoryTells) {
  const auto last_loss = [](bool read_past) {
    StreamObjective trained = objective({.segments = 3, .read_past = read_past});
    TrainingOptions options = ten_stream_steps();
    options.schedule = {.peak = 0.01, .warm_up = 10, .steps = 300, .final_share = 0.1};
    options.batch = 4;
    options.keep_average = 0.9;
    Trainer trainer(trained, options);
    while (!trainer.finished()) trainer.step();
    return trainer.validate().total;
  };
  // Three letters in four are a coin's toss, the fourth is the document's secret of four. By
  // positions of the two later segments the secret costs log(4) / 4 = 0.35 without memory.
  EXPECT_LT(last_loss(true) + 0.15, last_loss(false));
}

}  // namespace
}  // namespace heddle::attention::train
