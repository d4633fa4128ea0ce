#pragma once
// A frozen model that answers the samples another learns from: its outputs are that one's teacher
// (losses.h). It computes where the other does, on the same inputs, and changes nothing.
//
// Threads: one caller; inside as TrainingFunction. Errors: std::invalid_argument naming both models
// where their inputs or outputs differ; those of the function.

#include "attention/model/parameters.h"
#include "attention/model/training_function.h"
#include "attention/train/batch_source.h"

#include <span>
#include <string>
#include <vector>

namespace heddle::attention::train {

/// A model that stays as it is. Only read.
struct FrozenModel {
  Parameters parameters;
  ModelSpec spec;
};

/// Who learns from it, and what of.
struct Pupil {
  const ModelSpec& spec;
  const TrainingWorkspace& work;
  std::int64_t windows = 1;  // of the workspace
  std::string function, output;
  std::vector<Shape> inputs;
};

class Teacher {
 public:
  /// Borrows the model. The function must roll no memory.
  Teacher(const FrozenModel& model, const Pupil& pupil, const Backend& backend);

  /// What it makes of the first `count` samples; the others' answers may be any.
  void answer(std::span<const Batch> samples, std::int64_t count);
  /// Its output, f32 (rows, channels): the host's, where the host computes.
  TensorView output() const { return work_.output(output_); }
  /// Where a device computes: of all samples, there.
  const float* device_output() const {
    return static_cast<const float*>(work_.device_output(output_).data);
  }
  std::size_t bytes() const { return work_.bytes(); }

 private:
  const FrozenModel& model_;
  const std::string output_;
  const TrainingFunction function_;
  TrainingWorkspace work_;
};

}  // namespace heddle::attention::train
