#include "attention/backend/attention_checks.h"

#include "attention/backend/element.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

void check_operand(const char* name, const TensorView& view, int rank) {
  // Made only for a refusal: a call that is in order allocates nothing.
  const auto text = [&] { return std::string("attention: ") + name + " is " + describe(view); };
  if (view.rank != rank) refuse(text() + "; expected " + std::to_string(rank) + " axes");
  if (!is_storage(view.dtype)) refuse(text() + "; convert it to f32, bf16 or f16");
  if (view.empty() && view.size() != 0) refuse(text() + " but has no data");
  if (view.shape[rank - 1] > 1 && view.stride[rank - 1] != 1) {
    refuse(text() + " with stride " + std::to_string(view.stride[rank - 1]) +
           " on its last axis; copy it so that the last axis is contiguous");
  }
}

void check_extent(const char* name,
                  const TensorView& view,
                  int axis,
                  std::int64_t wanted,
                  const char* source,
                  const TensorView& other) {
  if (view.shape[axis] == wanted) return;
  refuse(std::string("attention: ") + name + " is " + describe(view) + " but " + source + " is " +
         describe(other) + "; axis " + std::to_string(axis) + " must be " + std::to_string(wanted));
}

void check_segment(const KeySegment& segment, const KeySegment& first, const TensorView& queries) {
  check_operand("keys", segment.keys, 3);
  check_operand("values", segment.values, 3);
  const int dim_axis = queries.rank - 1;
  check_extent("keys", segment.keys, 2, queries.shape[dim_axis], "queries", queries);
  check_extent("keys", segment.keys, 0, first.keys.shape[0], "keys of segment 0", first.keys);
  check_extent("values", segment.values, 0, segment.keys.shape[0], "keys", segment.keys);
  check_extent("values", segment.values, 1, segment.keys.shape[1], "keys", segment.keys);
  check_extent(
      "values", segment.values, 2, first.values.shape[2], "values of segment 0", first.values);
}

void check_queries(const AttentionArgs& args) {
  if (args.queries.empty() || args.queries.size() > 2) {
    refuse("attention: got " + std::to_string(args.queries.size()) +
           " query sets; pass one, or two (rotated and position-free)");
  }
  for (const TensorView& queries : args.queries) {
    check_operand("queries", queries, 3);
    for (int axis = 0; axis < 3; ++axis) {
      check_extent(
          "queries", queries, axis, args.queries[0].shape[axis], "query set 0", args.queries[0]);
    }
  }
}

void check_segments(const AttentionArgs& args) {
  if (args.segments.empty()) refuse("attention: no key segments; pass at least one, even empty");
  for (const KeySegment& segment : args.segments) {
    check_segment(segment, args.segments[0], args.queries[0]);
    if (segment.query_set < 0 || segment.query_set >= static_cast<int>(args.queries.size())) {
      refuse("attention: a segment asks for query set " + std::to_string(segment.query_set) +
             ", but " + std::to_string(args.queries.size()) + " were passed");
    }
  }
  const std::int64_t heads = args.queries[0].shape[0];
  const std::int64_t kv_heads = args.segments[0].keys.shape[0];
  if (kv_heads < 1 || heads % kv_heads != 0) {
    refuse("attention: queries are " + describe(args.queries[0]) + " and keys are " +
           describe(args.segments[0].keys) + "; heads must be a multiple of key heads");
  }
}

void check_run(const TileRun& run, const AttentionArgs& args) {
  const auto text = [&] {
    return "attention: a run of the plan, keys from " + std::to_string(run.first_key) +
           " in segment " + std::to_string(run.segment) + ", ";
  };
  if (run.segment >= static_cast<std::int64_t>(args.segments.size())) {
    refuse(text() + "but " + std::to_string(args.segments.size()) + " segments were passed");
  }
  const TensorView& keys = args.segments[static_cast<std::size_t>(run.segment)].keys;
  if (run.first_slot > keys.shape[1] - run.keys) {
    refuse(text() + "needs slots [" + std::to_string(run.first_slot) + ", " +
           std::to_string(run.first_slot + run.keys) + ") of keys " + describe(keys) +
           "; plan for the keys that there are");
  }
}

/// Every strand's runs end inside the strand's own slots.
void check_strands(const Strands& strands, const TensorView& keys) {
  for (std::size_t plan = 0; plan < strands.plans.size(); ++plan) {
    std::int64_t needed = 0;
    for (const TileRun& run : strands.plans[plan].runs) {
      needed = std::max(needed, run.first_slot + run.keys);
    }
    for (std::int64_t strand = 0; strand < strands.stride; ++strand) {
      if (strands.plan_of[static_cast<std::size_t>(strand)] != static_cast<int>(plan)) continue;
      const StrandRows held = strand_rows(strands.stride, strand, strands.first_key, keys.shape[1]);
      if (needed <= held.count) continue;
      refuse("attention: strand " + std::to_string(strand) + " of the plan needs " +
             std::to_string(needed) + " slots, but keys " + describe(keys) + " hold " +
             std::to_string(held.count) + " of it; plan for the keys that there are");
    }
  }
}

void check_plan(const AttentionArgs& args) {
  if (!args.plan) refuse("attention: no plan; make one with plan(pattern, shape)");
  const BlockPlan& plan = *args.plan;
  const TensorView& queries = args.queries[0];
  if (plan.queries != queries.shape[1] || (plan.heads != 1 && plan.heads != queries.shape[0])) {
    refuse("attention: the plan is for " + std::to_string(plan.queries) + " queries and " +
           std::to_string(plan.heads) + " heads, queries are " + describe(queries) +
           "; plan for this shape, with one head or all");
  }
  validate(plan);
  for (const TileRun& run : plan.runs) check_run(run, args);
  check_strands(plan.strands, args.segments[0].keys);
}

/// A gradient that is not wanted is empty; any other has the shape of its operand.
void check_gradient(const char* name, const TensorView& gradient, const TensorView& of) {
  if (gradient.empty()) return;
  check_operand(name, gradient, of.rank);
  for (int axis = 0; axis < of.rank; ++axis) {
    check_extent(name, gradient, axis, of.shape[axis], "its operand", of);
  }
}

}  // namespace

void check_gradients(const AttentionArgs& call,
                     const TensorView& out_gradient,
                     std::span<const TensorView> query_gradients,
                     std::span<const KeySegmentGradient> segment_gradients) {
  check_operand("out gradient", out_gradient, 3);
  check_gradient("out gradient", out_gradient, call.out);
  if (query_gradients.size() != call.queries.size() ||
      segment_gradients.size() != call.segments.size()) {
    refuse("attention: gradients for " + std::to_string(query_gradients.size()) +
           " query sets and " + std::to_string(segment_gradients.size()) +
           " segments, but the call has " + std::to_string(call.queries.size()) + " and " +
           std::to_string(call.segments.size()) +
           "; pass one each, an empty view where not wanted");
  }
  for (std::size_t set = 0; set < call.queries.size(); ++set) {
    check_gradient("query gradient", query_gradients[set], call.queries[set]);
  }
  for (std::size_t i = 0; i < call.segments.size(); ++i) {
    check_gradient("key gradient", segment_gradients[i].keys, call.segments[i].keys);
    check_gradient("value gradient", segment_gradients[i].values, call.segments[i].values);
  }
}

AttentionArgs forward_of(const AttentionGradientArgs& args) {
  return {.plan = args.plan,
          .queries = args.queries,
          .segments = args.segments,
          .scale = args.scale,
          .out = args.out,
          .log_sum_exp = args.log_sum_exp};
}

AttentionShape check(const AttentionGradientArgs& args) {
  const AttentionShape shape = check(forward_of(args));
  if (args.log_sum_exp.empty() && shape.heads * shape.queries > 0) {
    refuse("attention: no log_sum_exp; the gradient needs what the forward call wrote there");
  }
  if (!args.log_sum_exp_gradient.empty()) {
    check_gradient("log_sum_exp gradient", args.log_sum_exp_gradient, args.log_sum_exp);
    args.log_sum_exp_gradient.require_dtype(DType::kF32);
  }
  check_gradients(
      forward_of(args), args.out_gradient, args.query_gradients, args.segment_gradients);
  return shape;
}

AttentionShape check(const AttentionArgs& args) {
  if (!std::isfinite(args.scale)) {
    refuse("attention: scale " + std::to_string(args.scale) + " is not finite");
  }
  check_queries(args);
  check_segments(args);
  check_plan(args);
  const TensorView& queries = args.queries[0];
  const TensorView& values = args.segments[0].values;
  check_operand("out", args.out, 3);
  check_extent("out", args.out, 0, queries.shape[0], "queries", queries);
  check_extent("out", args.out, 1, queries.shape[1], "queries", queries);
  check_extent("out", args.out, 2, values.shape[2], "values", values);
  if (!args.log_sum_exp.empty()) {
    check_operand("log_sum_exp", args.log_sum_exp, 2);
    args.log_sum_exp.require_dtype(DType::kF32);
    check_extent("log_sum_exp", args.log_sum_exp, 0, queries.shape[0], "queries", queries);
    check_extent("log_sum_exp", args.log_sum_exp, 1, queries.shape[1], "queries", queries);
  }
  return {.heads = queries.shape[0],
          .queries = queries.shape[1],
          .key_dim = queries.shape[2],
          .value_dim = values.shape[2],
          .kv_heads = args.segments[0].keys.shape[0]};
}

ReadOutShape check(const ReadOutArgs& args) {
  check_operand("queries", args.queries, 2);
  args.queries.require_dtype(DType::kF32);
  if (args.segments.empty()) refuse("read_out: no key segments; pass at least one, even empty");
  const KeySegment& first = args.segments[0];
  std::int64_t keys = 0;
  for (const KeySegment& segment : args.segments) {
    check_segment(segment, first, args.queries);
    keys += segment.keys.shape[1];
  }
  if (first.keys.shape[0] != 1 || first.values.shape[2] < 2) {
    refuse("read_out: keys are " + describe(first.keys) + " and values are " +
           describe(first.values) + "; pass one key head and at least two value channels");
  }
  if (!(args.scale > 0) || !std::isfinite(args.scale) || args.top < 0) {
    refuse("read_out: scale " + std::to_string(args.scale) + " and top " +
           std::to_string(args.top) + "; scale must be positive, top not negative");
  }
  check_operand("out", args.out, 2);
  args.out.require_dtype(DType::kF32);
  check_extent("out", args.out, 0, first.values.shape[2] + 2, "values", first.values);
  check_extent("out", args.out, 1, args.queries.shape[0], "queries", args.queries);
  return {.queries = args.queries.shape[0],
          .key_dim = args.queries.shape[1],
          .value_dim = first.values.shape[2],
          .keys = keys};
}

}  // namespace heddle::attention
