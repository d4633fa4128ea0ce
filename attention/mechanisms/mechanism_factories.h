#pragma once
// The mechanisms that text can name, made from their settings; what each does stands in its own
// header (lsh_attention.h, routing_attention.h, ...). Threads and errors as mechanism.h.

#include "attention/mechanisms/gated_blocks.h"
#include "attention/mechanisms/lsh_attention.h"
#include "attention/mechanisms/mechanism.h"
#include "attention/mechanisms/nsa.h"
#include "attention/mechanisms/sinkhorn_attention.h"

namespace heddle::attention {

/// Reformer's: keys are the queries at length 1, logits are not scaled. Constants "rotations":
/// (heads, rounds, dim, buckets / 2), drawn once; they have no gradient.
std::unique_ptr<Mechanism> lsh_mechanism(const LshSpec& spec);
/// Constants "centroids": (heads, clusters, dim). What is added to their gradient is no slope of
/// the loss but the rule centroid - direction of its members (0 where it has none), by which plain
/// descent of size 1 - decay is the moving average of update_centroids(). Clipping by a global
/// norm, Adam and weight decay treat it as a gradient, so they move centroids otherwise.
std::unique_ptr<Mechanism> routing_mechanism(std::int64_t clusters,
                                             std::int64_t window,
                                             bool causal);
std::unique_ptr<Mechanism> sinkhorn_mechanism(const SinkhornSpec& spec);
/// Gates: compress, select, window, each through a sigmoid.
std::unique_ptr<Mechanism> nsa_mechanism(const NsaSpec& spec);
std::unique_ptr<Mechanism> linear_mechanism();
/// Queries and keys are turned to length 1; gates: decay and rate, each through a sigmoid.
std::unique_ptr<Mechanism> delta_mechanism();
std::unique_ptr<Mechanism> gated_mechanism(const GatedSpec& spec);

}  // namespace heddle::attention
