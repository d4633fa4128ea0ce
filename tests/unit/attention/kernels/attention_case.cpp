#include "tests/unit/attention/kernels/attention_case.h"

#include "attention/patterns/block_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace heddle::attention::kernel_tests {
namespace {

std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

std::int64_t bits_of_tile(BlockPlan& plan, std::mt19937_64& random) {
  const auto first = static_cast<std::int64_t>(plan.bits.size());
  const std::int64_t words = (plan.key_block + 63) / 64;
  for (std::int64_t i = 0; i < plan.query_block * words; ++i) {
    const bool empty = pick(random, 0, 9) == 0;
    plan.bits.push_back(empty ? 0 : random() & random());
  }
  return first;
}

/// A run from position `first` to the end of its block or of its segment, or to a later block's.
TileRun random_run(BlockPlan& plan, std::int64_t first, std::int64_t end, std::mt19937_64& random) {
  const std::int64_t size = plan.key_block;
  const std::int64_t blocks = first % size == 0 ? pick(random, 1, 3) : 1;
  const std::int64_t last = std::min((first / size + blocks) * size, end);
  TileRun run = {.first_key = first,
                 .count = (last - first + size - 1) / size,
                 .keys = last - first,
                 .kind = static_cast<TileKind>(pick(random, 0, 3))};
  run.lo = pick(random, -90, 10);
  run.hi = run.lo + pick(random, 0, 120);
  if (run.kind == TileKind::kPrefix) run.argument = pick(random, 1, run.keys);
  if (run.kind == TileKind::kBits) {
    run.argument = bits_of_tile(plan, random);
    for (std::int64_t tile = 1; tile < run.count; ++tile) bits_of_tile(plan, random);
  }
  return run;
}

}  // namespace

std::vector<CaseShape> every_shape() {
  return {
      CaseShape{.name = "OneHead", .heads = 1, .kv_heads = 1},
      CaseShape{.name = "GroupedHeads", .heads = 6, .kv_heads = 2},
      CaseShape{.name = "PlanForEachHead", .plan_heads = 4},
      CaseShape{.name = "TwoSegmentsCutInABlock", .cut = 205},
      CaseShape{.name = "TwoQuerySets", .cut = 205, .query_sets = 2},
      CaseShape{.name = "Dim4Values12", .key_dim = 4, .value_dim = 12},
      CaseShape{.name = "Dim20Values1", .key_dim = 20, .value_dim = 1},
      CaseShape{.name = "Dim16", .key_dim = 16, .value_dim = 16},
      CaseShape{.name = "Dim32", .key_dim = 32, .value_dim = 32},
      CaseShape{.name = "Dim96", .key_dim = 96, .value_dim = 96},
      CaseShape{.name = "Dim128", .key_dim = 128, .value_dim = 128},
      CaseShape{.name = "Interleaved", .cut = 130, .interleaved = true},
      CaseShape{.name = "SmallBlocks", .query_block = 16, .key_block = 16},
      CaseShape{.name = "OddBlocks", .query_block = 24, .key_block = 40},
      CaseShape{.name = "WideBlocks", .cut = 201, .query_block = 128, .key_block = 256},
      CaseShape{.name = "OneQuery", .first_query = 131, .queries = 1},
      CaseShape{.name = "ManyParts", .heads = 2, .keys = 700, .query_block = 32, .key_block = 4},
      CaseShape{.name = "BFloat16", .cut = 205, .dtype = DType::kBF16},
      CaseShape{.name = "Float16", .cut = 205, .dtype = DType::kF16},
      CaseShape{.name = "Float16Dim20", .key_dim = 20, .value_dim = 12, .dtype = DType::kF16}};
}

BlockPlan random_plan(const CaseShape& shape, std::mt19937_64& random) {
  BlockPlan plan;
  plan.query_block = shape.query_block;
  plan.key_block = shape.key_block;
  plan.heads = shape.plan_heads;
  plan.first_query = shape.first_query;
  plan.queries = shape.queries;
  plan.row_begin = {0};
  for (std::int64_t row = 0; row < plan.heads * plan.query_blocks(); ++row) {
    for (std::int64_t key = 0; key < shape.keys;) {
      const bool later = key >= shape.cut;
      TileRun run = random_run(plan, key, later ? shape.keys : shape.cut, random);
      key += run.keys;
      run.segment = later ? 1 : 0;
      run.first_slot = run.first_key - (later ? shape.cut : 0);
      if (pick(random, 0, 3) > 0) plan.runs.push_back(run);
    }
    plan.row_begin.push_back(static_cast<std::int64_t>(plan.runs.size()));
  }
  build_work_list(plan);
  return plan;
}

BlockPlan plan_of_chunk(const BlockPlan& plan, std::int64_t first, std::int64_t count) {
  BlockPlan chunk = plan;
  chunk.first_query = plan.first_query + first;
  chunk.queries = count;
  chunk.row_begin = {0};
  chunk.runs.clear();
  const std::int64_t skipped =
      chunk.first_query / plan.query_block - plan.first_query / plan.query_block;
  for (std::int64_t head = 0; head < plan.heads; ++head) {
    for (std::int64_t block = 0; block < chunk.query_blocks(); ++block) {
      const std::int64_t row = head * plan.query_blocks() + skipped + block;
      chunk.runs.insert(chunk.runs.end(),
                        plan.runs.begin() + plan.row_begin[static_cast<std::size_t>(row)],
                        plan.runs.begin() + plan.row_begin[static_cast<std::size_t>(row + 1)]);
      chunk.row_begin.push_back(static_cast<std::int64_t>(chunk.runs.size()));
    }
  }
  build_work_list(chunk);
  return chunk;
}

std::vector<float> Result::values() const {
  const TensorView& from = out.view();
  const Tensor wide(DType::kF32, {from.shape[0], from.shape[1], from.shape[2]});
  copy(from, wide.view());
  const float* data = wide.view().as<float>();
  return {data, data + from.size()};
}

AttentionCase::AttentionCase(const CaseShape& shape, std::uint64_t seed)
    : shape_(shape), random_(seed) {
  for (int set = 0; set < shape.query_sets; ++set) {
    queries_.push_back(make(shape.heads, shape.queries, shape.key_dim, shape.spread));
  }
  keys_ = make(shape.kv_heads, shape.keys, shape.key_dim, shape.spread);
  values_ = make(shape.kv_heads, shape.keys, shape.value_dim, 1);
}

TensorView AttentionCase::make(std::int64_t heads,
                               std::int64_t rows,
                               std::int64_t dim,
                               float spread) {
  const Tensor wide(DType::kF32, {heads, rows, dim});
  std::normal_distribution<float> normal(0, spread);
  for (std::int64_t i = 0; i < wide.view().size(); ++i)
    wide.view().as<float>()[i] = normal(random_);
  if (shape_.interleaved) {
    memory_.emplace_back(shape_.dtype, std::initializer_list<std::int64_t>{rows, heads, dim});
  } else {
    memory_.emplace_back(shape_.dtype, std::initializer_list<std::int64_t>{heads, rows, dim});
  }
  TensorView made = memory_.back().view();
  if (shape_.interleaved) made = made.permute({1, 0, 2});
  copy(wide.view(), made);
  return made;
}

double AttentionCase::largest_value() const {
  const Tensor wide(DType::kF32, {values_.shape[0], values_.shape[1], values_.shape[2]});
  copy(values_, wide.view());
  double largest = 0;
  for (std::int64_t i = 0; i < values_.size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(wide.view().as<float>()[i])));
  }
  return largest;
}

std::array<KeySegment, 2> AttentionCase::segments() const {
  const std::int64_t cut = std::min(shape_.cut, shape_.keys);
  return {KeySegment{keys_.slice(1, 0, cut), values_.slice(1, 0, cut)},
          KeySegment{keys_.slice(1, cut, shape_.keys - cut),
                     values_.slice(1, cut, shape_.keys - cut),
                     shape_.query_sets - 1}};
}

Result AttentionCase::run(AttentionFunction attention, const BlockPlan& plan) const {
  return run_chunk(attention, plan, 0);
}

Result AttentionCase::run_chunk(AttentionFunction attention,
                                const BlockPlan& plan,
                                std::int64_t first) const {
  std::vector<TensorView> queries;
  for (const TensorView& set : queries_) queries.push_back(set.slice(1, first, plan.queries));
  const std::array<KeySegment, 2> segments = this->segments();
  Result result = {.out = Tensor(shape_.dtype, {shape_.heads, plan.queries, shape_.value_dim}),
                   .log_sum_exp = Tensor(DType::kF32, {shape_.heads, plan.queries})};
  attention({.plan = &plan,
             .queries = queries,
             .segments = segments,
             .scale = 1 / std::sqrt(static_cast<float>(shape_.key_dim)),
             .out = result.out.view(),
             .log_sum_exp = result.log_sum_exp.view()});
  return result;
}

void expect_close(const AttentionCase& attention_case, const Result& got, const Result& wanted) {
  const CaseShape& shape = attention_case.shape();
  const double keys = static_cast<double>(shape.keys);
  double slack = 1e-5;
  if (shape.dtype == DType::kBF16) slack = 0x1p-8 * attention_case.largest_value();
  if (shape.dtype == DType::kF16) slack = 0x1p-11 * attention_case.largest_value();
  const std::vector<float> a = got.values();
  const std::vector<float> b = wanted.values();
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], slack + 2e-6 * std::sqrt(keys) * std::fabs(b[i])) << "element " << i;
  }
  const float* c = got.log_sum_exp.view().as<float>();
  const float* d = wanted.log_sum_exp.view().as<float>();
  for (std::int64_t i = 0; i < got.log_sum_exp.view().size(); ++i) {
    if (std::isinf(d[i])) {
      ASSERT_EQ(c[i], d[i]) << "row " << i;
    } else {
      ASSERT_NEAR(c[i], d[i], 1e-5 + 2e-6 * std::sqrt(keys) * std::fabs(d[i])) << "row " << i;
    }
  }
}

void expect_same_bits(const Result& whole, const Result& part, std::int64_t first) {
  const TensorView& rows = part.out.view();
  for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
    for (std::int64_t i = 0; i < rows.shape[1]; ++i) {
      const TensorView a = whole.out.view().at(0, head).at(0, first + i);
      const TensorView b = rows.at(0, head).at(0, i);
      const auto bytes = static_cast<std::size_t>(a.shape[0]) * size_of(a.dtype);
      ASSERT_EQ(std::memcmp(a.data, b.data, bytes), 0)
          << "head " << head << ", query " << first + i;
      const TensorView c = whole.log_sum_exp.view().at(0, head).at(0, first + i);
      const TensorView d = part.log_sum_exp.view().at(0, head).at(0, i);
      ASSERT_EQ(std::memcmp(c.data, d.data, sizeof(float)), 0) << "head " << head;
    }
  }
}

}  // namespace heddle::attention::kernel_tests
