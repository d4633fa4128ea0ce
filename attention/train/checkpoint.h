#pragma once
// A training run at rest: a safetensors file with the state's four arrays, the bytes that the
// objective carries (where there are any) and, in the metadata key `heddle.checkpoint`, JSON of its
// counters, the fingerprint of the parameters, a text that names the run (its recipe), and a CRC-32
// of arrays and bytes. It appears whole or not at all. A run that goes
// on from it is the same run, bit for bit. Threads: plain functions.

#include "attention/train/parameter_list.h"
#include "attention/train/trainer.h"

#include <string>

namespace heddle::attention::train {

/// `carried`: Trainer::carried(). Throws WeightsError naming the path and the system's reason.
void save_checkpoint(const std::string& path,
                     const ParameterList& list,
                     const TrainingState& state,
                     const std::string& run,
                     const std::string& carried = {});

struct LoadedCheckpoint {
  TrainingState state;
  std::string run;
  std::string carried;
};

/// Throws WeightsError on a file that cannot be read or is no safetensors file, TrainingError on
/// one that is damaged, no checkpoint, or of other parameters than `list`.
LoadedCheckpoint load_checkpoint(const std::string& path, const ParameterList& list);

}  // namespace heddle::attention::train
