#pragma once
// The gradient of attention with Highway vectors and TBB threads. Every sum is one chain in a fixed
// order (a query's over ascending keys, a key's over ascending queries of ascending heads), so bits
// depend neither on threads nor on which of the two schedules ran. Memory beside the operands:
// O((queries + slots) x dims) of one key head (a thread, at most) in fp32. Errors as in
// attention/backend/attention_op.h.

#include "attention/backend/attention_op.h"

namespace heddle::attention::cpu {

struct RowOrders;

void attention_gradient(const AttentionGradientArgs& args);
/// The same over places: every operand is loaded through its order, checked already. The plan has
/// no strands.
void attention_gradient(const AttentionGradientArgs& args, const RowOrders& orders);

/// How the work is cut; for tests, which hold that all give the same bits.
enum class GradientSchedule : std::uint8_t {
  kByShape,  // whichever costs less on the threads that there are
  kByHead,   // a thread takes a key head: each tile is computed once, 5 products
  kByBlock,  // all threads share a key head: dQ by rows, dK and dV by blocks, 7 products
};
void attention_gradient(const AttentionGradientArgs& args, GradientSchedule schedule);

}  // namespace heddle::attention::cpu
