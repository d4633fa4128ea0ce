#pragma once
// One strand of a call (Strands in block_plan.h) as a call of its own: the strand's plan over
// strided views of the same operands. No element is moved. Threads: a value; what `whole` borrows
// must outlive it.
// Errors: none; the call was checked before.

#include "attention/backend/attention_op.h"

#include <array>
#include <cstdint>

namespace heddle::attention {

/// Which rows of a call's views one strand has.
class Strand {
 public:
  Strand(const AttentionArgs& whole, std::int64_t strand);

  const BlockPlan& plan() const { return *plan_; }
  bool empty() const { return queries_.count == 0; }
  /// The strand's rows of a view with the call's queries, or its slots, on axis 1.
  TensorView of_queries(const TensorView& view) const { return rows_of(view, queries_); }
  TensorView of_keys(const TensorView& view) const { return rows_of(view, keys_); }

 private:
  TensorView rows_of(const TensorView& view, const StrandRows& rows) const;

  const BlockPlan* plan_;
  std::int64_t stride_;
  StrandRows queries_;
  StrandRows keys_;
};

/// The forward call of a strand. Not copied: `args` points into it.
struct StrandCall {
  StrandCall(const AttentionArgs& whole, const Strand& strand);
  StrandCall(const StrandCall&) = delete;
  StrandCall& operator=(const StrandCall&) = delete;

  std::array<TensorView, 2> queries;
  KeySegment segment;
  AttentionArgs args;
};

/// Whether strands alone write every gradient: the plan's rows are empty, and so are segments
/// beyond the first.
bool strands_alone(const AttentionGradientArgs& args);

/// The gradient call of a strand: writes the gradients of its queries, and of its slots of segment
/// 0. Every query and every such slot is in one strand. Not copied.
struct StrandGradientCall {
  StrandGradientCall(const AttentionGradientArgs& whole, const Strand& strand);

  StrandCall forward;
  std::array<TensorView, 2> query_gradients;
  KeySegmentGradient segment_gradient;
  AttentionGradientArgs args;
};

}  // namespace heddle::attention
