#include "attention/backend/cpu/ordered_attention.h"

#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/cpu/row_orders.h"

namespace heddle::attention::cpu {
namespace {

/// A call over places: its views have as many rows as there are places, to be loaded through the
/// orders alone.
struct PlacedCall {
  TensorView queries;
  KeySegment segment;
  RowOrders orders;

  explicit PlacedCall(const OrderedArgs& from)
      : queries(as_places(from.queries, from.query_order)),
        segment{.keys = as_places(from.keys, from.key_order),
                .values = as_places(from.values, from.key_order)},
        orders{.queries = from.query_order, .keys = from.key_order} {}
};

}  // namespace

void attention_in_order(const OrderedArgs& args) {
  check_orders(args);
  const PlacedCall call(args);
  attention({.plan = args.plan,
             .queries = {&call.queries, 1},
             .segments = {&call.segment, 1},
             .scale = args.scale,
             .out = args.out,
             .log_sum_exp = args.log_sum_exp},
            call.orders);
}

void attention_in_order_gradient(const OrderedGradientArgs& args) {
  check_orders(args);
  PlacedCall call(args.forward);
  call.orders.results = args.result_order;
  const KeySegmentGradient gradients = {args.key_gradient, args.value_gradient};
  attention_gradient({.plan = args.forward.plan,
                      .queries = {&call.queries, 1},
                      .segments = {&call.segment, 1},
                      .scale = args.forward.scale,
                      .out = as_places(args.forward.out, args.result_order),
                      .log_sum_exp = as_places(args.forward.log_sum_exp, args.result_order),
                      .out_gradient = as_places(args.out_gradient, args.result_order),
                      .query_gradients = {&args.query_gradient, 1},
                      .segment_gradients = {&gradients, 1}},
                     call.orders);
}

}  // namespace heddle::attention::cpu
