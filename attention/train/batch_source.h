#pragma once
// Where samples come from: the model's inputs and the labels of its outputs, row by row. The other
// room fills it; nothing here knows what a row is.
//
// Threads: const and safe from any thread. A key gives the same sample at any time, in any order
// and in any process: that is what makes a resumed run the same run. Errors: what is thrown ends
// the run.

#include "attention/tensor/tensor.h"
#include "attention/train/objective.h"

#include <cstdint>
#include <map>
#include <string>

namespace heddle::attention::train {

struct Batch {
  std::map<std::string, TensorView> inputs;  // by the names of the model's inputs; filled
  TensorView labels;                         // u8 (rows, columns); filled
};

class BatchSource {
 public:
  virtual ~BatchSource() = default;

  virtual int columns() const = 0;  // of labels
  /// One training sample into the memory that `batch` names.
  virtual void fill(const SampleKey& key, const Batch& batch) const = 0;

  virtual std::int64_t validation_samples() const = 0;
  virtual void fill_validation(std::int64_t index, const Batch& batch) const = 0;
};

}  // namespace heddle::attention::train
