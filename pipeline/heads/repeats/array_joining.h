#pragma once
// Worn arrays break where some copies have changed too much; who looks at them sees one array.
// Parts that follow each other with the same period and alike patterns become one.

#include "pipeline/heads/repeats/periodic.h"

#include <vector>

namespace heddle::pipeline {

/// Joins what stands at most two copies apart, or shares at most one: arrays of periods from 10
/// bases, four copies or more each, whose consensuses have a third of their words of six bases in
/// common (chance: a tenth of 500 bases). The whole has the pattern of the better part; bases
/// between the parts count as columns that do not match. `arrays` by begin, before and after.
/// Time: the arrays times those that begin near their ends.
void join_arrays(std::vector<TandemArray>& arrays);

}  // namespace heddle::pipeline
