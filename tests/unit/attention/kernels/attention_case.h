#pragma once
// Random attention calls for differential tests: plans of every tile kind over keys that lie in two
// segments, cut inside a block.

#include "attention/backend/attention_op.h"

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace heddle::attention::kernel_tests {

using AttentionFunction = void (*)(const AttentionArgs&);

struct CaseShape {
  std::string name;
  std::int64_t heads = 4;
  std::int64_t kv_heads = 2;
  std::int64_t first_query = 100;
  std::int64_t queries = 150;
  std::int64_t keys = 300;
  std::int64_t cut = 300;  // keys [0, cut) lie in segment 0, the rest in segment 1
  std::int64_t key_dim = 64;
  std::int64_t value_dim = 64;
  int query_sets = 1;  // 2: segment 1 meets the second set
  int query_block = 64;
  int key_block = 64;
  int plan_heads = 1;
  DType dtype = DType::kF32;
  bool interleaved = false;  // tensors are (rows, heads, dim) in memory
  float spread = 1;          // standard deviation of queries and keys
};

/// Heads, segments, blocks, dims, layouts and types that a kernel must get right.
std::vector<CaseShape> every_shape();

/// A random plan over the shape's keys: each block of each row is left out or of a random kind.
BlockPlan random_plan(const CaseShape& shape, std::mt19937_64& random);

/// The rows of `plan` for queries [first, first + count) of it alone.
BlockPlan plan_of_chunk(const BlockPlan& plan, std::int64_t first, std::int64_t count);

struct Result {
  Tensor out;                         // (heads, queries, value_dim)
  Tensor log_sum_exp;                 // (heads, queries)
  std::vector<float> values() const;  // out, row-major, as fp32
};

class AttentionCase {
 public:
  AttentionCase(const CaseShape& shape, std::uint64_t seed);

  const CaseShape& shape() const { return shape_; }
  const TensorView& queries(int set) const { return queries_[static_cast<std::size_t>(set)]; }
  const TensorView& keys() const { return keys_; }      // (kv_heads, keys, key_dim)
  const TensorView& values() const { return values_; }  // (kv_heads, keys, value_dim)
  double largest_value() const;
  /// The keys and values as the two segments that runs see.
  std::array<KeySegment, 2> segments() const;
  std::span<const TensorView> query_sets() const { return queries_; }

  Result run(AttentionFunction attention, const BlockPlan& plan) const;
  /// Queries [first, first + plan.queries) of the case.
  Result run_chunk(AttentionFunction attention, const BlockPlan& plan, std::int64_t first) const;

 private:
  TensorView make(std::int64_t heads, std::int64_t rows, std::int64_t dim, float spread);

  CaseShape shape_;
  std::mt19937_64 random_;
  std::vector<Tensor> memory_;
  std::vector<TensorView> queries_;
  TensorView keys_;
  TensorView values_;
};

/// Within the tolerances of the dtype: fp32 1e-5 + 2e-6 sqrt(keys) |wanted|; bf16 2^-8 and f16
/// 2^-11 of the largest value, half a unit of the stored result more than the arithmetic's own
/// error.
void expect_close(const AttentionCase& attention_case, const Result& got, const Result& wanted);

/// Bit for bit: rows [first, first + the part's rows) of `whole` are `part`.
void expect_same_bits(const Result& whole, const Result& part, std::int64_t first);

}  // namespace heddle::attention::kernel_tests
