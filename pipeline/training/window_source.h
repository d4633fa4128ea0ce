#pragma once
// Windows of packed sequences as training samples, each on its own: drawn and changed by
// training_bases.h, cut at contigs' edges and turned round, all of it counted from the sample's key
// (attention/train/seeds.h). Validation: windows of what is held back, as they are.
//
// Labels are columns + frame, - frame, start, RNA (shard.h). Threads: const. Ownership: keeps its
// shards.

#include "attention/train/batch_source.h"
#include "pipeline/training/training_bases.h"

#include <vector>

namespace heddle::pipeline {

inline constexpr int kLabelColumns = 4;

/// A window into a sample: input "bases" u8 (rows), labels u8 (rows, 4). Throws
/// std::invalid_argument where the sample has other rows.
void write_sample(const LabelledBases& window, const attention::train::Batch& batch);

class WindowSource : public attention::train::BatchSource {
 public:
  /// Throws as TrainingBases.
  WindowSource(std::vector<Shard> shards, const WindowSettings& settings);

  int columns() const override { return kLabelColumns; }
  void fill(const attention::train::SampleKey& key,
            const attention::train::Batch& batch) const override;
  std::int64_t validation_samples() const override;
  void fill_validation(std::int64_t index, const attention::train::Batch& batch) const override;

  const TrainingBases& bases() const { return bases_; }

 private:
  const TrainingBases bases_;
  std::vector<TrainingBases::Place> validation_;  // windows
};

}  // namespace heddle::pipeline
