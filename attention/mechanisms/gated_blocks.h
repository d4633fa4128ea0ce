#pragma once
// A learned pattern: each query and head reads the `top` earlier blocks that its gate likes best,
// and the gate learns which those are.
//   logit_b = scale * q . mean key of block b        of the closed blocks before the query's own
//   out     = sum over b of g_b A_b                  A_b: softmax attention to block b alone
// with g_b 1 for the chosen and 0 for the others; backward goes through softmax(logits /
// temperature) (gates.h: straight through; with a seed and while learning, Gumbel noise decides).
// A query without a closed block before it gives 0: add a window beside it.
// Cost: forward that of `top` blocks a query; backward that of all closed blocks, because what an
// unread block would have given is what its gate learns from. The noise of a query is counted from
// the seed, its place and its own numbers, so it changes as these learn, and threads, order and
// restarts change nothing. Shapes, threads and errors as mechanism.h. Sources: as gates.h.

#include "attention/mechanisms/gates.h"
#include "attention/mechanisms/mechanism.h"

namespace heddle::attention {

struct GatedSpec {
  std::int64_t block = 64;
  GateSpec gate;
  std::uint64_t seed = 0;  // 0: no noise
};

void gated_blocks(const Backend& backend, const GatedSpec& spec, const MechanismCall& call);
void gated_blocks_gradient(const Backend& backend,
                           const GatedSpec& spec,
                           const MechanismGradientCall& call);

}  // namespace heddle::attention
