#include "attention/backend/ordered_op.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("ordered attention: " + what);
}

void check_order(const char* name, const RowOrder& order, const TensorView& view) {
  view.require_dtype(DType::kF32);
  if (order.rows.empty()) return;
  if (view.rank < 2 || order.places < 0 || std::ssize(order.rows) != view.shape[0] * order.places) {
    refuse(std::string(name) + " are " + describe(view) + " but their order has " +
           std::to_string(order.rows.size()) + " entries; pass (heads, " +
           std::to_string(order.places) + ")");
  }
  const auto last = static_cast<std::size_t>(view.rank - 1);
  if (view.shape[last] > 1 && view.stride[last] != 1) {
    refuse(std::string(name) + " are " + describe(view) + " with stride " +
           std::to_string(view.stride[last]) +
           " on their last axis; copy them so that the last axis is contiguous");
  }
  std::int32_t least = 0;
  std::int32_t most = 0;
  for (const std::int32_t row : order.rows) {
    least = std::min(least, row);
    most = std::max(most, row);
  }
  if (least >= 0 && most < view.shape[1]) return;
  refuse(std::string("the order of ") + name + " names row " +
         std::to_string(least < 0 ? least : most) + " of " + describe(view));
}

/// (heads, places, columns): the row of each place.
Tensor gathered(const RowOrder& order, const TensorView& from) {
  Tensor made(DType::kF32, {from.shape[0], order.places, from.shape[2]});
  for (std::int64_t head = 0; head < from.shape[0]; ++head) {
    const float* rows = static_cast<const float*>(from.data) + head * from.stride[0];
    float* to = made.view().as<float>() + head * order.places * from.shape[2];
    for (std::int64_t place = 0; place < order.places; ++place, to += from.shape[2]) {
      std::copy_n(rows + order.of(head)[place] * from.stride[1], from.shape[2], to);
    }
  }
  return made;
}

/// A view by place: gathered where there is an order.
struct ByPlace {
  Tensor memory;
  TensorView view;

  ByPlace(const RowOrder& order, const TensorView& from) : view(from) {
    if (order.rows.empty()) return;
    if (from.rank == 2) {
      memory = gathered(order, column_of(from));
      view = memory.view().at(2, 0);
    } else {
      memory = gathered(order, from);
      view = memory.view();
    }
  }

 private:
  static TensorView column_of(TensorView view) {
    view.rank = 3;
    view.shape[2] = 1;
    view.stride[2] = 1;
    return view;
  }
};

}  // namespace

TensorView as_places(const TensorView& view, const RowOrder& order) {
  TensorView placed = view;
  if (!order.rows.empty()) placed.shape[1] = order.places;
  return placed;
}

void check_orders(const OrderedArgs& args) {
  if (args.plan && args.plan->strands.stride != 0) refuse("the plan has strands; plan in order");
  check_order("queries", args.query_order, args.queries);
  check_order("keys", args.key_order, args.keys);
  check_order("values", args.key_order, args.values);
  if (args.keys.shape[0] != args.queries.shape[0]) {
    refuse("queries are " + describe(args.queries) + " and keys are " + describe(args.keys) +
           "; pass as many heads of both");
  }
}

void check_orders(const OrderedGradientArgs& args) {
  check_orders(args.forward);
  check_order("results", args.result_order, args.forward.out);
  check_order("sums", args.result_order, args.forward.log_sum_exp);
  check_order("gradients", args.result_order, args.out_gradient);
}

void gathered_attention(const Backend& backend, const OrderedArgs& args) {
  check_orders(args);
  const ByPlace queries(args.query_order, args.queries);
  const ByPlace keys(args.key_order, args.keys);
  const ByPlace values(args.key_order, args.values);
  const KeySegment segments[] = {{keys.view, values.view}};
  backend.attention({.plan = args.plan,
                     .queries = {&queries.view, 1},
                     .segments = segments,
                     .scale = args.scale,
                     .out = args.out,
                     .log_sum_exp = args.log_sum_exp});
}

void gathered_attention_gradient(const Backend& backend, const OrderedGradientArgs& args) {
  check_orders(args);
  const OrderedArgs& forward = args.forward;
  const ByPlace queries(forward.query_order, forward.queries);
  const ByPlace keys(forward.key_order, forward.keys);
  const ByPlace values(forward.key_order, forward.values);
  const ByPlace out(args.result_order, forward.out);
  const ByPlace sums(args.result_order, forward.log_sum_exp);
  const ByPlace out_gradient(args.result_order, args.out_gradient);
  const KeySegment segments[] = {{keys.view, values.view}};
  const KeySegmentGradient segment_gradients[] = {{args.key_gradient, args.value_gradient}};
  backend.attention_gradient({.plan = forward.plan,
                              .queries = {&queries.view, 1},
                              .segments = segments,
                              .scale = forward.scale,
                              .out = out.view,
                              .log_sum_exp = sums.view,
                              .out_gradient = out_gradient.view,
                              .query_gradients = {&args.query_gradient, 1},
                              .segment_gradients = segment_gradients});
}

void ordered_attention(const Backend& backend, const OrderedArgs& args) {
  if (const auto* ops = dynamic_cast<const OrderedOps*>(&backend)) {
    return ops->attention_in_order(args);
  }
  gathered_attention(backend, args);
}

void ordered_attention_gradient(const Backend& backend, const OrderedGradientArgs& args) {
  if (const auto* ops = dynamic_cast<const OrderedOps*>(&backend)) {
    return ops->attention_in_order_gradient(args);
  }
  gathered_attention_gradient(backend, args);
}

}  // namespace heddle::attention
