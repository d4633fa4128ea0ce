#pragma once
// What a run learns from and what it changes, put together: the packed data as windows or, for a
// model with rolling memory, as streams; the model of --from with its losses. Threads: one caller.

#include "app/run_facts.h"
#include "app/train/train_options.h"
#include "attention/train/trained_model.h"
#include "pipeline/training/training_bases.h"

#include <memory>
#include <string>
#include <vector>

namespace heddle::app {

struct TrainingSetup {
  TrainOptions options;           // `from` is a file
  RunFacts facts;                 // that must be the same when it is resumed
  RunFacts machine;               // whose change is only told
  std::vector<std::string> data;  // folders of shards
  const attention::Backend& backend;
};

class Lesson {
 public:
  virtual ~Lesson() = default;

  virtual attention::train::TrainedModel& model() = 0;
  virtual const pipeline::TrainingBases& bases() const = 0;
  /// "16 held back windows", "2 streams of 3 segments a step ..": for the lines before a run.
  virtual std::string held_back() const = 0;
  virtual std::string sample() const = 0;
  const std::string& name() const { return name_; }  // of the model

 protected:
  explicit Lesson(std::string name) : name_(std::move(name)) {}

 private:
  const std::string name_;
};

/// Throws CommandError, what models and shards throw, and std::invalid_argument where options do
/// not fit the model or one another.
std::unique_ptr<Lesson> make_lesson(const TrainingSetup& setup);

}  // namespace heddle::app
