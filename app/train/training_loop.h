#pragma once
// One training run in its folder: data, model and trainer put together, and the loop with its log,
// checkpoints and curve. Threads: one caller; progress is read by another.

#include "app/report.h"
#include "app/run_facts.h"
#include "app/train/lesson.h"
#include "app/train/run_folder.h"
#include "app/train/training_log.h"
#include "attention/train/trainer.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace heddle::app {

class TrainingLoop {
 public:
  /// Opens everything and, to resume, the checkpoint; writes nothing. Throws CommandError, what
  /// models and shards throw, and std::invalid_argument where options do not fit the model or one
  /// another. Borrows folder and report.
  TrainingLoop(const TrainingSetup& setup, RunFolder& folder, Report& report);

  void describe(int threads);
  /// Behind RunFolder::begin(). Until the last step, until `stop`, or until something throws; a
  /// checkpoint each time, if it can be written.
  void run(const std::atomic<bool>& stop);
  bool finished() const { return trainer_.finished(); }

 private:
  void resume();
  void warn_of_another_machine(const RunFacts& before);
  void learn(const std::atomic<bool>& stop);
  void one_step();
  void validate(const std::atomic<bool>& stop);
  void save();
  void save_after_fault() noexcept;
  void save_weights();
  void tell_speed();
  void tell_stop();

  const TrainOptions options_;
  RunFacts facts_;
  const RunFacts machine_;  // its bits are those of a program and a device
  RunFolder& folder_;
  Report& report_;
  const std::unique_ptr<Lesson> lesson_;
  attention::train::Trainer trainer_;
  std::optional<TrainingLog> log_;
  std::atomic<std::int64_t> steps_done_ = 0;
  std::int64_t validated_ = -1;  // the step of the last validation
  double step_seconds_ = 0;      // of this process's steps
  std::int64_t steps_here_ = 0;
};

}  // namespace heddle::app
