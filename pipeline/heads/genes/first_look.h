#pragma once
// A first look at a sequence decides whether frameshifts are allowed, and at which price, so that
// one setting serves finished genomes and raw reads.

#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>
#include <optional>

namespace heddle::pipeline {

/// Decodes the window's bases left of `end` with frameshifts and counts them. Nothing when there
/// are no more than sequence without errors has; else their price in nats.
std::optional<double> shift_price(const GeneWindow& window,
                                  const GeneOptions& options,
                                  std::int64_t end);

}  // namespace heddle::pipeline
