#include "attention/train/trainer.h"

#include "attention/train/flat.h"
#include "attention/train/training_error.h"
#include "tests/unit/attention/train/linear_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace heddle::attention::train {
namespace {

std::vector<double> losses_of(const TrainingOptions& options) {
  LinearObjective objective;
  Trainer trainer(objective, options);
  std::vector<double> losses;
  while (!trainer.finished()) losses.push_back(trainer.step().loss.total);
  return losses;
}

TEST(Trainer, TenStepsGiveTheStoredLosses) {
  // By the same equations in fp64, written apart from this code.
  const std::vector<double> stored = {1.20139538,
                                      1.17847184,
                                      1.12364845,
                                      1.07852302,
                                      1.03900842,
                                      1.00124280,
                                      0.97738748,
                                      0.95717675,
                                      0.95461730,
                                      0.95069847};
  const std::vector<double> losses = losses_of(ten_steps());
  ASSERT_EQ(losses.size(), stored.size());
  // fp32 parameters and moments against fp64 ones.
  for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_NEAR(losses[i], stored[i], 1e-6) << i;
}

TEST(Trainer, ThreadsChangeNoBit) {
  std::vector<std::vector<double>> seen;
  for (const std::size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    seen.push_back(losses_of(ten_steps()));
  }
  EXPECT_EQ(seen[0], seen[1]);
}

TEST(Trainer, AnotherSeedSeesOtherSamples) {
  TrainingOptions other = ten_steps();
  other.seed = 2;
  EXPECT_NE(losses_of(other), losses_of(ten_steps()));
}

TEST(Trainer, AStepGathersABatch) {
  LinearObjective objective;
  Trainer(objective, ten_steps()).step();
  EXPECT_EQ(objective.samples, 3);
}

TEST(Trainer, ClippingLimitsTheStepNotItsDirection) {
  // With momentum of 0 and a huge epsilon, AdamW's step is the gradient by rate / epsilon.
  TrainingOptions options = ten_steps();
  options.adamw = {.beta1 = 0, .beta2 = 0, .epsilon = 1e6, .decay = 0};
  options.schedule = {.peak = 1e6, .warm_up = 0, .steps = 1};
  options.clip = 0.01;
  LinearObjective objective;
  Trainer trainer(objective, options);
  const std::vector<float> before = trainer.state().values;
  EXPECT_GT(trainer.step().norm, 0.01);
  double moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    moved += std::pow(double{trainer.state().values[i]} - before[i], 2);
  }
  EXPECT_NEAR(std::sqrt(moved), 0.01, 1e-5);
}

TEST(Trainer, AStepThatIsNoNumberChangesNothingAndIsCounted) {
  LinearObjective objective;
  objective.bad_from = 2;   // the loss
  objective.bad_until = 4;  // and, of step 3, the gradient
  Trainer trainer(objective, ten_steps());
  trainer.step();
  trainer.step();
  const TrainingState before = trainer.state();
  EXPECT_TRUE(trainer.step().skipped);
  EXPECT_TRUE(trainer.step().skipped);
  EXPECT_EQ(trainer.state().values, before.values);
  EXPECT_EQ(trainer.state().second, before.second);
  EXPECT_EQ(trainer.state().skipped, 2);
  EXPECT_FALSE(trainer.step().skipped);
  EXPECT_NE(trainer.state().values, before.values);
}

TEST(Trainer, ManyBadStepsInARowEndTheRun) {
  LinearObjective objective;
  objective.bad_from = 1;
  objective.bad_until = 100;
  TrainingOptions options = ten_steps();
  options.most_bad_steps = 3;
  Trainer trainer(objective, options);
  for (int i = 0; i < 3; ++i) trainer.step();
  EXPECT_THAT([&] { trainer.step(); },
              testing::ThrowsMessage<TrainingError>(testing::HasSubstr("step 4")));
}

TEST(Trainer, ABFloat16ModelIsGivenRoundedParametersOfFp32Ones) {
  TrainingOptions options = ten_steps();
  options.bfloat16 = true;
  LinearObjective objective;
  Trainer trainer(objective, options);
  const std::vector<float> values = trainer.state().values;
  trainer.step();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(objective.used()[i], to_float(bfloat16_from(values[i]))) << i;
  }
  EXPECT_NE(objective.used(), values);
}

TEST(Trainer, ValidationIsOfTheAverageAndFallsWhileTraining) {
  LinearObjective objective;
  Trainer trainer(objective, ten_steps());
  const double before = trainer.validate().total;
  while (!trainer.finished()) trainer.step();
  EXPECT_LT(trainer.validate().total, 0.8 * before);
  EXPECT_TRUE(
      std::equal(trainer.average().begin(), trainer.average().end(), objective.used().begin()));
}

TEST(Trainer, AValidationThatIsStoppedTellsNothing) {
  LinearObjective objective;
  Trainer trainer(objective, ten_steps());
  EXPECT_FALSE(trainer.validate([] { return true; }));
  EXPECT_TRUE(trainer.validate([] { return false; }));
}

/// A device that is the host, and fails when told to.
class LentArrays final : public StepArrays {
 public:
  struct Faults {
    bool store = false, step = false;  // the next one
  };
  LentArrays(Objective& objective, Faults& faults) : objective_(objective), faults_(faults) {}

  void load(const TrainingState& state) override {
    arrays_ = state;
    drop();
  }
  void store(TrainingState& state) override {
    fail(faults_.store);
    state.values = arrays_.values;
    state.first = arrays_.first;
    state.second = arrays_.second;
    state.average = arrays_.average;
  }
  void train(std::span<const SampleKey> keys, std::span<SampleLoss> losses) override {
    objective_.use(arrays_.values);
    objective_.train_all(keys, gradient_, losses);
  }
  double norm() override { return norm_of(gradient_); }
  void step(const AdamW& settings, const AdamStep& step, double keep_average) override {
    fail(faults_.step);
    adamw_step(settings,
               objective_.parameters(),
               step,
               {gradient_, arrays_.first, arrays_.second, arrays_.values});
    move_average(arrays_.values, keep_average, arrays_.average);
    drop();
  }
  void drop() override { gradient_.assign(arrays_.values.size(), 0.0f); }
  void give_average() override { objective_.use(arrays_.average); }

 private:
  static void fail(bool& fault) {
    if (std::exchange(fault, false)) throw std::runtime_error("the device is lost");
  }

  Objective& objective_;
  Faults& faults_;
  TrainingState arrays_;
  std::vector<float> gradient_;
};

class LentObjective : public LinearObjective {
 public:
  std::unique_ptr<StepArrays> arrays(bool /*bfloat16*/) override {
    return std::make_unique<LentArrays>(*this, faults);
  }
  LentArrays::Faults faults;
};

TEST(Trainer, ArraysThatCouldNotBeBroughtAreNotTakenForThoseOfTheStep) {
  LinearObjective here;
  Trainer wanted(here, ten_steps());
  LentObjective there;
  Trainer trainer(there, ten_steps());
  for (int i = 0; i < 3; ++i) {
    wanted.step();
    trainer.step();
  }
  there.faults.store = true;
  EXPECT_THROW(static_cast<void>(trainer.state()), std::runtime_error);
  there.faults.store = true;  // nor the second time
  EXPECT_THROW(static_cast<void>(trainer.average()), std::runtime_error);
  EXPECT_EQ(trainer.state().step, 3);
  EXPECT_EQ(trainer.state().values, wanted.state().values);
  EXPECT_EQ(trainer.state().second, wanted.state().second);
  EXPECT_EQ(trainer.state().average, wanted.state().average);
}

TEST(Trainer, AStepThatFailsIsNotCounted) {
  LentObjective objective;
  Trainer trainer(objective, ten_steps());
  trainer.step();
  const TrainingState before = trainer.state();
  objective.faults.step = true;
  EXPECT_THROW(trainer.step(), std::runtime_error);
  EXPECT_EQ(trainer.state().step, before.step);
  EXPECT_EQ(trainer.state().updates, before.updates);
  EXPECT_EQ(trainer.state().values, before.values);
}

TEST(Trainer, WithoutAnAverageItIsTheParameters) {
  TrainingOptions options = ten_steps();
  options.keep_average = 0;
  LinearObjective objective;
  Trainer trainer(objective, options);
  trainer.step();
  EXPECT_EQ(trainer.state().average, trainer.state().values);
}

TEST(Trainer, OptionsOutOfRangeAreRefused) {
  LinearObjective objective;
  TrainingOptions options = ten_steps();
  options.batch = 0;
  EXPECT_THROW(Trainer(objective, options), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::train
