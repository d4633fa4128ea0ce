#include "attention/backend/strand_call.h"

#include "attention/backend/attention_checks.h"

#include <algorithm>

namespace heddle::attention {

Strand::Strand(const AttentionArgs& whole, std::int64_t strand)
    : stride_(whole.plan->strands.stride) {
  const Strands& strands = whole.plan->strands;
  const auto index = strands.plan_of[static_cast<std::size_t>(strand)];
  plan_ = &strands.plans[static_cast<std::size_t>(index)];
  queries_ = strand_rows(stride_, strand, whole.plan->first_query, whole.plan->queries);
  keys_ = strand_rows(stride_, strand, strands.first_key, whole.segments[0].keys.shape[1]);
}

TensorView Strand::rows_of(const TensorView& view, const StrandRows& rows) const {
  if (view.empty()) return view;
  TensorView part = view;
  part.data = static_cast<char*>(view.data) +
              rows.first * view.stride[1] * static_cast<std::int64_t>(size_of(view.dtype));
  part.shape[1] = rows.count;
  part.stride[1] = view.stride[1] * stride_;
  return part;
}

StrandCall::StrandCall(const AttentionArgs& whole, const Strand& strand)
    : segment{.keys = strand.of_keys(whole.segments[0].keys),
              .values = strand.of_keys(whole.segments[0].values),
              .query_set = whole.segments[0].query_set} {
  for (std::size_t set = 0; set < whole.queries.size(); ++set) {
    queries[set] = strand.of_queries(whole.queries[set]);
  }
  args = {.plan = &strand.plan(),
          .queries = std::span(queries).first(whole.queries.size()),
          .segments = {&segment, 1},
          .scale = whole.scale,
          .out = strand.of_queries(whole.out),
          .log_sum_exp = strand.of_queries(whole.log_sum_exp)};
}

bool strands_alone(const AttentionGradientArgs& args) {
  if (args.plan->strands.stride == 0 || !args.plan->runs.empty()) return false;
  return std::ranges::all_of(args.segments.subspan(1),
                             [](const KeySegment& segment) { return segment.keys.shape[1] == 0; });
}

StrandGradientCall::StrandGradientCall(const AttentionGradientArgs& whole, const Strand& strand)
    : forward(forward_of(whole), strand),
      segment_gradient{.keys = strand.of_keys(whole.segment_gradients[0].keys),
                       .values = strand.of_keys(whole.segment_gradients[0].values)} {
  for (std::size_t set = 0; set < whole.queries.size(); ++set) {
    query_gradients[set] = strand.of_queries(whole.query_gradients[set]);
  }
  args = {.plan = forward.args.plan,
          .queries = forward.args.queries,
          .segments = forward.args.segments,
          .scale = whole.scale,
          .out = forward.args.out,
          .log_sum_exp = forward.args.log_sum_exp,
          .out_gradient = strand.of_queries(whole.out_gradient),
          .log_sum_exp_gradient = strand.of_queries(whole.log_sum_exp_gradient),
          .query_gradients = std::span(query_gradients).first(whole.queries.size()),
          .segment_gradients = {&segment_gradient, 1}};
}

}  // namespace heddle::attention
