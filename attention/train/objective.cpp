#include "attention/train/objective.h"

#include "attention/train/training_error.h"

namespace heddle::attention::train {

void Objective::carry(const std::string& bytes) {
  if (bytes.empty()) return;
  throw TrainingError(
      "checkpoint: it holds memories, and this run has none; resume with the options it "
      "was begun with");
}

}  // namespace heddle::attention::train
