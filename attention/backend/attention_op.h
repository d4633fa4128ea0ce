#pragma once
// The attention operations every back end offers. Shapes in trailing comments; all views strided,
// last axis contiguous. Threads: an operation may use TBB inside; it is safe to call concurrently
// with disjoint outputs. Errors: std::invalid_argument naming the operand, both shapes and the
// remedy. Nothing is written on error.

#include "attention/patterns/block_plan.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <span>

namespace heddle::attention {

/// Keys and values that a plan's runs point into by segment number. f32, bf16 or f16 storage.
struct KeySegment {
  TensorView keys;    // (kv_heads, slots, key_dim)
  TensorView values;  // (kv_heads, slots, value_dim)
  int query_set = 0;  // which of AttentionArgs::queries meets these keys (rotated or position-free)
};

/// out = softmax(scale * q.k over attended keys) . v   by online softmax (arXiv 1805.02867,
/// 2205.14135), fp32 accumulation. An empty row gives out 0 and log_sum_exp -inf. heads % kv_heads
/// == 0: head h reads kv head h * kv_heads / heads.
struct AttentionArgs {
  const BlockPlan* plan = nullptr;
  std::span<const TensorView> queries;  // one or two of (heads, queries, key_dim), f32/bf16/f16
  std::span<const KeySegment> segments;
  float scale = 1;         // of logits; any finite number: 0 averages, below 0 turns them round
  TensorView out;          // (heads, queries, value_dim), f32/bf16/f16
  TensorView log_sum_exp;  // (heads, queries) f32, or empty
};

/// Where the gradients of a segment's keys and values go; shapes as KeySegment's, f32/bf16/f16.
struct KeySegmentGradient {
  TensorView keys;    // (kv_heads, slots, key_dim); empty: not wanted
  TensorView values;  // (kv_heads, slots, value_dim); empty: not wanted
};

/// Gradients of attention() (FlashAttention-2, arXiv 2307.08691, section 3.1.2): given out and
/// log_sum_exp of the forward and the gradient of out, WRITES (not adds) the gradients of queries,
/// keys and values. Slots that no query attends get 0. Deterministic: dQ by the plan's rows, dK and
/// dV by transposed rows, each output owned by one task that sums in ascending query order.
struct AttentionGradientArgs {
  const BlockPlan* plan = nullptr;
  std::span<const TensorView> queries;
  std::span<const KeySegment> segments;
  float scale = 1;
  TensorView out;                                         // of the forward
  TensorView log_sum_exp;                                 // of the forward, (heads, queries) f32
  TensorView out_gradient;                                // (heads, queries, value_dim)
  TensorView log_sum_exp_gradient;                        // (heads, queries) f32, or empty: zero
  std::span<const TensorView> query_gradients;            // one a query set, shape of queries
  std::span<const KeySegmentGradient> segment_gradients;  // one a segment
};

/// The tracking model's read-out (configs/models, card): values, and the best similarity inside and
/// outside the object.
///   s = q.k over all keys of all segments in order; p = softmax(scale * s), over the top `top`
///   similarities when top > 0 out[0..V) = sum p V;  out[V] = max s where values[1] > 0.5; out[V+1]
///   = max s where values[0] < 0.05;  -1 where none
struct ReadOutArgs {
  TensorView queries;                    // (queries, key_dim) f32
  std::span<const KeySegment> segments;  // kv_heads == 1
  float scale = 1;
  int top = 0;
  TensorView out;  // (value_dim + 2, queries) f32
};

}  // namespace heddle::attention
