#include "attention/backend/reference/attention.h"

#include "attention/backend/attention_checks.h"
#include "attention/backend/element.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace heddle::attention::reference {
namespace {

struct Candidate {
  double logit = 0;
  TensorView value;  // (value_dim)
};

bool attends(const BlockPlan& plan, const TileRun& run, std::int64_t query, std::int64_t key) {
  const std::int64_t distance = run.first_key + key - query;
  switch (run.kind) {
    case TileKind::kFull:
      return true;
    case TileKind::kBand:
      return run.lo <= distance && distance <= run.hi;
    case TileKind::kPrefix:
      return key < run.argument;
    case TileKind::kBits: {
      const std::int64_t tile = key / plan.key_block;
      const std::int64_t column = key % plan.key_block;
      const std::int64_t row = tile * plan.query_block + query % plan.query_block;
      const std::int64_t word = run.argument + row * ((plan.key_block + 63) / 64) + column / 64;
      return plan.bits[static_cast<std::size_t>(word)] >> (column % 64) & 1;
    }
  }
  return false;
}

double dot(const TensorView& a, const TensorView& b) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.shape[0]; ++i) {
    sum += static_cast<double>(load_element(a.dtype, a.data, i)) * load_element(b.dtype, b.data, i);
  }
  return sum;
}

/// Every key that query `query` of head `head` attends, in the row's order.
std::vector<Candidate> candidates(const AttentionArgs& args,
                                  const AttentionShape& shape,
                                  std::int64_t head,
                                  std::int64_t query) {
  const BlockPlan& plan = *args.plan;
  const std::int64_t position = plan.first_query + query;
  const std::int64_t block = position / plan.query_block - plan.first_query / plan.query_block;
  const std::int64_t plan_head = plan.heads == 1 ? 0 : head;
  const auto row = static_cast<std::size_t>(plan_head * plan.query_blocks() + block);
  const std::int64_t kv_head = head * shape.kv_heads / shape.heads;
  std::vector<Candidate> found;
  for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
    const TileRun& run = plan.runs[static_cast<std::size_t>(i)];
    const KeySegment& segment = args.segments[static_cast<std::size_t>(run.segment)];
    const TensorView& queries = args.queries[static_cast<std::size_t>(segment.query_set)];
    const TensorView q = queries.at(0, head).at(0, query);
    for (std::int64_t key = 0; key < run.keys; ++key) {
      if (!attends(plan, run, position, key)) continue;
      const std::int64_t slot = run.first_slot + key;
      found.push_back({args.scale * dot(q, segment.keys.at(0, kv_head).at(0, slot)),
                       segment.values.at(0, kv_head).at(0, slot)});
    }
  }
  return found;
}

void write_row(const AttentionArgs& args,
               const std::vector<Candidate>& keys,
               std::int64_t head,
               std::int64_t query) {
  double max = -std::numeric_limits<double>::infinity();
  for (const Candidate& key : keys) max = std::max(max, key.logit);
  double sum = 0;
  std::vector<double> out(static_cast<std::size_t>(args.out.shape[2]));
  for (const Candidate& key : keys) {
    const double weight = std::exp(key.logit - max);
    sum += weight;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      out[i] += weight * load_element(key.value.dtype, key.value.data, at);
    }
  }
  const TensorView row = args.out.at(0, head).at(0, query);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double x = keys.empty() ? 0 : out[i] / sum;
    store_element(row.dtype, row.data, static_cast<std::int64_t>(i), static_cast<float>(x));
  }
  if (args.log_sum_exp.empty()) return;
  const TensorView cell = args.log_sum_exp.at(0, head).at(0, query);
  *cell.as<float>() = static_cast<float>(max + std::log(sum));
}

}  // namespace

void attention(const AttentionArgs& args) {
  const AttentionShape shape = check(args);
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    for (std::int64_t query = 0; query < shape.queries; ++query) {
      write_row(args, candidates(args, shape, head, query), head, query);
    }
  }
}

}  // namespace heddle::attention::reference
