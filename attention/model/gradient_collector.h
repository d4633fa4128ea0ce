#pragma once
// Gradients that workspaces of one function hold (TrainingFunction::accumulate), added up in the
// order of the workspaces, always the same. Where a device computes they are added there, and one
// block comes back. Threads: one caller, while no workspace runs. Ownership: borrows the
// workspaces, which must not move. Errors: std::runtime_error from the device.

#include "attention/model/training_function.h"

#include <memory>
#include <vector>

namespace heddle::attention {

class GradientCollector {
 public:
  /// Throws std::invalid_argument where there is no workspace.
  explicit GradientCollector(std::vector<TrainingWorkspace*> from);
  ~GradientCollector();

  /// Adds what the workspaces hold to `to`, and leaves zeros with them.
  void collect(Gradients& to);

 private:
  void collect_there(Gradients& to);

  std::vector<TrainingWorkspace*> from_;
  std::unique_ptr<DeviceArena> line_;   // where a device computes
  std::unique_ptr<DeviceArena> clear_;  // and what follows once the sum is back
};

}  // namespace heddle::attention
