#pragma once
// Products of one query with 16 rows that lie beside each other, a row a lane, so that a score adds
// its products in the order of the dimensions in every lane: fast, and the same bits on every
// instruction set (a product is rounded before it is added). Compiled for several, chosen at run
// time. Threads: pure functions.
// Errors: none.

#include <cstdint>
#include <span>

namespace heddle::attention {

/// Rows that lie beside each other in memory, so that a score runs over all of them at once.
inline constexpr std::int64_t kSummaryLanes = 16;

struct LaneJob {
  const float* query = nullptr;  // (dim)
  const float* rows = nullptr;   // (dim, kSummaryLanes)
  const float* highs = nullptr;  // (dim, kSummaryLanes), for lane_bounds alone
  float* out = nullptr;          // (kSummaryLanes), written
};

/// out = sum over chunks of `chunk` dimensions of (sum over the chunk of query_i rows_i); chunk
/// divides dim.
void lane_products(std::span<const LaneJob> jobs, std::int64_t dim, std::int64_t chunk);

/// out = sum over i of the larger of query_i rows_i and query_i highs_i.
void lane_bounds(std::span<const LaneJob> jobs, std::int64_t dim);

}  // namespace heddle::attention
