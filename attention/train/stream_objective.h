#pragma once
// A model with rolling memory that learns from streams: truncated back-propagation through time
// (memory_gradient.h). A sample of a step is one row of the batch, and each row has a memory of its
// own, which goes on where the step before left it:
//
//   step s, row r:  segments s K .. s K + K - 1 of the row's stream (stream_source.h), forward in
//                   order, backward from the last; then all that is remembered becomes constant
//
// so that a segment's loss teaches the K - 1 segments before it in the same step what to leave in
// memory. Where a document ends within a step, backward goes through its segments first and the
// memory is then emptied.
//
// A segment's loss is the mean over its labelled rows (losses.h). A row's is the mean over its K
// segments, and that of a document of validation the mean over the document's, all weighed the
// same: a label weighs more in a segment of few, and a segment without labels counts as one of
// loss 0, which makes the mean, the held-back loss too, smaller than that of the labelled rows.
//
// A row whose loss is no number forgets, and begins afresh in the middle of its document: what is
// no number would otherwise stay in memory for as long as the document lasts.
//
// carried() is the memory of every row, bit for bit: a run that goes on from a checkpoint is the
// uninterrupted run. Validation streams a document from an empty memory, beside those of the rows.
//
// Threads, errors: as trained_model.h, and those of the source. Ownership: borrows the source.
// Memory: K workspaces, which the rows share, and a memory a row.

#include "attention/train/stream_source.h"
#include "attention/train/trained_model.h"

#include <vector>

namespace heddle::attention::train {

struct StreamSettings {
  int segments = 2;       // K, from 1 on: nothing is taught across segments with 1
  bool read_past = true;  // false: memory is written but not read (ablation)
};

class StreamObjective : public TrainedModel {
 public:
  /// `settings.inputs` are the shapes of a segment. Throws as TrainedModel.
  StreamObjective(Parameters parameters,
                  const ModelSpec& spec,
                  const StreamSource& source,
                  const ModelObjectiveSettings& settings,
                  const StreamSettings& stream,
                  const Backend& backend);

  /// The row is key.index; keys come in the order of their steps.
  SampleLoss train(const SampleKey& key, std::span<float> gradient) override;
  /// Of a whole document: the mean over its segments, those without labels as 0.
  SampleLoss validate(std::int64_t index) override;
  std::int64_t validation_samples() const override { return source_.validation_documents(); }

  std::string carried() const override;
  void carry(const std::string& bytes) override;

  double flop() const override;
  std::size_t workspace_bytes() const override;
  /// Of one stream, all layers.
  std::size_t memory_bytes() const { return validation_.bytes(); }

 private:
  TrainingMemory& memory_of(std::int64_t row);
  void forward(Slot& slot, const StreamSegment& at, TrainingMemory& memory);
  void walk_back(std::size_t begin, std::size_t end, TrainingMemory& memory);

  const StreamSource& source_;
  const StreamSettings stream_;
  std::vector<Slot> slots_;           // one a segment of a step
  std::vector<TrainingMemory> rows_;  // made when they are first trained
  TrainingMemory validation_;
};

}  // namespace heddle::attention::train
