#pragma once
// Which of the tandem arrays found are told: of those that cover much the same stretch the best,
// and of its multiples the smallest period that does nearly as well. Threads: any. Time: near
// linear.

#include "pipeline/heads/repeats/periodic.h"

#include <vector>

namespace heddle::pipeline {

/// Leaves in `arrays` those that are told, by position.
void select_arrays(std::vector<TandemArray>& arrays);

}  // namespace heddle::pipeline
