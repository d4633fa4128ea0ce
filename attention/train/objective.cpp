#include "attention/train/objective.h"

#include "attention/train/step_arrays.h"
#include "attention/train/training_error.h"

namespace heddle::attention::train {

void Objective::train_all(std::span<const SampleKey> keys,
                          std::span<float> gradient,
                          std::span<SampleLoss> losses) {
  for (std::size_t i = 0; i < keys.size(); ++i) losses[i] = train(keys[i], gradient);
}

void Objective::validate_all(std::int64_t first, std::span<SampleLoss> losses) {
  for (SampleLoss& loss : losses) loss = validate(first++);
}

std::unique_ptr<StepArrays> Objective::arrays(bool /*bfloat16*/) { return nullptr; }

void Objective::carry(const std::string& bytes) {
  if (bytes.empty()) return;
  throw TrainingError(
      "checkpoint: it holds memories, and this run has none; resume with the options it "
      "was begun with");
}

}  // namespace heddle::attention::train
