// The vector kernels give the bits of the plain loops that define them.
#include "attention/selectors/lane_rows.h"

#include <gtest/gtest.h>

#include <random>

namespace heddle::attention {
namespace {

constexpr std::int64_t kDim = 24;
constexpr std::int64_t kRows = 37;     // two groups and a part
constexpr std::int64_t kQueries = 11;  // one more chain than are in flight, and then some

/// A product rounded before it is added.
float rounded(float x) {
  volatile float kept = x;
  return kept;
}

struct Case {
  Case() : low(kRows, kDim), high(kRows, kDim), queries(kQueries * kDim) {
    std::mt19937 random(4);
    std::normal_distribution<float> normal;
    for (float& x : queries) x = normal(random);
    for (std::int64_t row = 0; row < kRows; ++row) {
      for (std::int64_t i = 0; i < kDim; ++i) {
        low.row(row)[i * kSummaryLanes] = normal(random);
        high.row(row)[i * kSummaryLanes] = normal(random);
      }
    }
    table.size(kQueries, kRows);
    for (std::int64_t q = 0; q < kQueries; ++q) {
      table.queries()[static_cast<std::size_t>(q)] = queries.data() + q * kDim;
    }
  }
  float product(std::int64_t q, LaneRows& rows, std::int64_t row, std::int64_t i) {
    return rounded(queries[static_cast<std::size_t>(q * kDim + i)] *
                   rows.row(row)[i * kSummaryLanes]);
  }

  LaneRows low, high;
  std::vector<float> queries;
  ScoreTable table;
};

class Chunks : public testing::TestWithParam<std::int64_t> {};

TEST_P(Chunks, AreSummedEachInTheOrderOfDimensionsAndThenTogether) {
  Case some;
  some.table.fill(some.low, GetParam());
  for (std::int64_t q = 0; q < kQueries; ++q) {
    for (std::int64_t row = 0; row < kRows; ++row) {
      float total = 0;
      for (std::int64_t first = 0; first < kDim; first += GetParam()) {
        float sum = 0;
        for (std::int64_t i = first; i < first + GetParam(); ++i) {
          sum = rounded(sum + some.product(q, some.low, row, i));
        }
        total = rounded(total + sum);
      }
      ASSERT_EQ(some.table.row(q)[row], total) << q << ", " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Chunks, testing::Values(1, 6, kDim));

TEST(LaneBounds, TakeTheLargerProductOfEachDimension) {
  Case some;
  some.table.fill_bounds(some.low, some.high);
  for (std::int64_t q = 0; q < kQueries; ++q) {
    for (std::int64_t row = 0; row < kRows; ++row) {
      float sum = 0;
      for (std::int64_t i = 0; i < kDim; ++i) {
        sum = rounded(
            sum + std::max(some.product(q, some.low, row, i), some.product(q, some.high, row, i)));
      }
      ASSERT_EQ(some.table.row(q)[row], sum) << q << ", " << row;
    }
  }
}

}  // namespace
}  // namespace heddle::attention
