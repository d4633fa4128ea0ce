#include "pipeline/assignment.h"

#include <limits>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

/// The transposed problem when there are more rows than columns: the search needs rows <= columns.
std::vector<int> assign_transposed(std::span<const double> costs, int rows, int columns) {
  std::vector<double> flipped(costs.size());
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) flipped[j * rows + i] = costs[i * columns + j];
  }
  const std::vector<int> row_of = assign(flipped, columns, rows);
  std::vector<int> column_of(rows, -1);
  for (int j = 0; j < columns; ++j) {
    if (row_of[j] >= 0) column_of[row_of[j]] = j;
  }
  return column_of;
}

/// Potentials and the alternating tree of the shortest-path search; index 0 is a virtual column.
class Search {
 public:
  Search(std::span<const double> costs, int rows, int columns)
      : costs_(costs),
        columns_(columns),
        row_potential_(rows + 1, 0),
        column_potential_(columns + 1, 0),
        row_of_(columns + 1, 0),
        before_(columns + 1, 0) {}

  void add_row(int row) {
    row_of_[0] = row;
    int column = grow_until_free();
    while (column != 0) {
      row_of_[column] = row_of_[before_[column]];
      column = before_[column];
    }
  }
  int row_of(int column) const { return row_of_[column]; }

 private:
  int grow_until_free() {
    std::vector<double> slack(columns_ + 1, std::numeric_limits<double>::infinity());
    std::vector<bool> seen(columns_ + 1, false);
    int column = 0;
    do {
      seen[column] = true;
      column = step(column, slack, seen);
    } while (row_of_[column] != 0);
    return column;
  }

  /// Relaxes the columns reachable from `column`'s row, shifts the potentials, gives the nearest.
  int step(int column, std::vector<double>& slack, const std::vector<bool>& seen) {
    const int row = row_of_[column];
    double least = std::numeric_limits<double>::infinity();
    int next = 0;
    for (int j = 1; j <= columns_; ++j) {
      if (seen[j]) continue;
      const double reduced =
          costs_[(row - 1) * columns_ + j - 1] - row_potential_[row] - column_potential_[j];
      if (reduced < slack[j]) {
        slack[j] = reduced;
        before_[j] = column;
      }
      if (slack[j] < least) {
        least = slack[j];
        next = j;
      }
    }
    for (int j = 0; j <= columns_; ++j) {
      if (seen[j]) {
        row_potential_[row_of_[j]] += least;
        column_potential_[j] -= least;
      } else {
        slack[j] -= least;
      }
    }
    return next;
  }

  std::span<const double> costs_;
  int columns_;
  std::vector<double> row_potential_, column_potential_;
  std::vector<int> row_of_;  // row given to a column, 0: none
  std::vector<int> before_;  // previous column on the path
};

}  // namespace

std::vector<int> assign(std::span<const double> costs, int rows, int columns) {
  if (rows < 0 || columns < 0 || costs.size() != static_cast<std::size_t>(rows) * columns) {
    throw std::invalid_argument("assign: " + std::to_string(costs.size()) + " costs for " +
                                std::to_string(rows) + "x" + std::to_string(columns) +
                                "; pass rows * columns of them");
  }
  if (rows > columns) return assign_transposed(costs, rows, columns);
  Search search(costs, rows, columns);
  for (int i = 1; i <= rows; ++i) search.add_row(i);
  std::vector<int> column_of(rows, -1);
  for (int j = 1; j <= columns; ++j) {
    const int i = search.row_of(j);
    if (i > 0 && costs[(i - 1) * columns + j - 1] < kForbidden) column_of[i - 1] = j - 1;
  }
  return column_of;
}

}  // namespace heddle::pipeline
