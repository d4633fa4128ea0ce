#pragma once
// Who goes with whom at the least total cost.

#include <span>
#include <vector>

namespace heddle::pipeline {

/// A pair that must not be made.
inline constexpr double kForbidden = 1e6;

/// Cheapest one-to-one assignment (Kuhn 1955, by shortest augmenting paths, O(rows^2 columns)) of a
/// (rows, columns) cost matrix in row order. Returns each row's column, -1 where it gets none or
/// only a forbidden one. Costs are finite and at most kForbidden. Throws std::invalid_argument when
/// the matrix has another size.
std::vector<int> assign(std::span<const double> costs, int rows, int columns);

}  // namespace heddle::pipeline
