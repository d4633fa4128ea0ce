#pragma once
// Attention over places: rows of the operands in another order, each head in its own. Place p of
// head h holds row rows[h * places + p]; a row may have several places, or none. Hashing and
// clustering are such an order and a banded plan of places. A back end that is an OrderedOps reads
// rows through the order where its kernel loads them, so that nothing is copied; for any other the
// operands are gathered first (the slow twin). Results lie by place: whoever made the order knows
// how a row's places join.
//
// All views f32 with a contiguous last axis, heads of keys as of queries. Threads: as attention().
// Errors: std::invalid_argument naming the operand; nothing is written then.

#include "attention/backend/backend.h"

#include <cstdint>
#include <span>

namespace heddle::attention {

struct RowOrder {
  std::span<const std::int32_t> rows;  // (heads, places); empty: a place is a row
  std::int64_t places = 0;             // a head

  /// The rows of one head's places; null where a place is a row.
  const std::int32_t* of(std::int64_t head) const {
    return rows.empty() ? nullptr : rows.data() + head * places;
  }
};

/// attention() of one query set and one segment over a plan of places, without strands.
struct OrderedArgs {
  const BlockPlan* plan = nullptr;
  RowOrder query_order;
  RowOrder key_order;
  TensorView queries;  // (heads, rows, key_dim)
  TensorView keys;     // (heads, rows, key_dim)
  TensorView values;   // (heads, rows, value_dim)
  float scale = 1;
  TensorView out;          // (heads, query places, value_dim)
  TensorView log_sum_exp;  // (heads, query places)
};

/// attention_gradient() of the same. Gradients are written by place.
struct OrderedGradientArgs {
  OrderedArgs forward;        // its results are read, through result_order
  RowOrder result_order;      // of out, log_sum_exp and out_gradient
  TensorView out_gradient;    // (heads, rows, value_dim)
  TensorView query_gradient;  // (heads, query places, key_dim)
  TensorView key_gradient;    // (heads, key places, key_dim)
  TensorView value_gradient;  // (heads, key places, value_dim)
};

/// What a back end offers whose kernels load rows through an order.
class OrderedOps {
 public:
  virtual ~OrderedOps() = default;
  virtual void attention_in_order(const OrderedArgs& args) const = 0;
  virtual void attention_in_order_gradient(const OrderedGradientArgs& args) const = 0;
};

void ordered_attention(const Backend& backend, const OrderedArgs& args);
void ordered_attention_gradient(const Backend& backend, const OrderedGradientArgs& args);

/// The slow twins: operands are gathered, then the back end's plain operations run.
void gathered_attention(const Backend& backend, const OrderedArgs& args);
void gathered_attention_gradient(const Backend& backend, const OrderedGradientArgs& args);

/// Throws unless every place of every order holds a row of its operands, whose last axis is
/// contiguous.
void check_orders(const OrderedArgs& args);
void check_orders(const OrderedGradientArgs& args);

/// The view as if its rows were places, for checks and for loads through `order` alone.
TensorView as_places(const TensorView& view, const RowOrder& order);

}  // namespace heddle::attention
