#pragma once
// Worn arrays break where some copies have changed too much; who looks at them sees one array.
// Parts that follow each other with the same period and alike patterns become one.

#include "pipeline/heads/repeats/periodic.h"

#include <vector>

namespace heddle::pipeline {

/// Joins what stands at most two copies apart, or shares at most one: arrays of periods from 10
/// bases, four copies or more each, whose consensuses have a third of their words of six bases in
/// common (chance: a tenth of 500 bases). Worn ones (below 90 % identity), one of 16 copies or
/// more, may be apart by half of the shorter, or reach into each other; from a period of 60 on the
/// patterns need not be alike. The whole has the pattern of the better part; bases between the
/// parts count as columns that do not match. Parts that lie in an array of 16 copies or more, have
/// its period or a multiple, a like pattern and no more than 5 % more identity are left out.
/// `arrays` by begin, before and after. Time: the arrays times those that begin in and near them.
void join_arrays(std::vector<TandemArray>& arrays);

}  // namespace heddle::pipeline
