#pragma once
// One training run in its folder: data, model and trainer put together, and the loop with its log,
// checkpoints and curve. Threads: one caller; progress is read by another.

#include "app/interrupt.h"
#include "app/report.h"
#include "app/run_facts.h"
#include "app/train/train_options.h"
#include "app/train/training_log.h"
#include "attention/train/model_objective.h"
#include "attention/train/trainer.h"
#include "pipeline/training/window_source.h"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace heddle::app {

inline constexpr char kCheckpointFile[] = "checkpoint.safetensors";
inline constexpr char kWeightsFile[] = "weights.safetensors";
inline constexpr char kLogFile[] = "log.jsonl";
inline constexpr char kCurveFile[] = "loss.svg";

struct TrainingSetup {
  TrainOptions options;           // `from` is a file
  RunFacts facts;                 // that must be the same when it is resumed
  std::vector<std::string> data;  // folders of shards
  const attention::Backend& backend;
};

class TrainingLoop {
 public:
  /// Opens everything and, to resume, the checkpoint. Throws CommandError, and what models and
  /// shards throw.
  TrainingLoop(const TrainingSetup& setup, Report& report);

  void describe(int threads);
  /// Until the last step or the first signal; a checkpoint either way.
  void run(Interrupt& interrupt);
  bool finished() const { return trainer_.finished(); }

 private:
  void resume();
  void one_step();
  void validate();
  void save();
  void save_weights();
  std::string path(const char* name) const;

  const TrainOptions options_;
  RunFacts facts_;
  Report& report_;
  attention::Parameters start_;
  attention::ModelSpec spec_;
  pipeline::WindowSource source_;
  attention::train::ModelObjective objective_;
  attention::train::Trainer trainer_;
  std::optional<TrainingLog> log_;
  std::atomic<std::int64_t> steps_done_ = 0;
  std::int64_t validated_ = -1;  // the step of the last validation
  double step_seconds_ = 0;      // of this process's steps
  std::int64_t steps_here_ = 0;
};

}  // namespace heddle::app
