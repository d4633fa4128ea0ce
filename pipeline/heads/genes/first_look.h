#pragma once
// A first look at a sequence decides whether frameshifts are allowed, and at which price, so that
// one setting serves finished genomes and raw reads.

#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>
#include <optional>

namespace heddle::pipeline {

/// Decodes the window's bases left of `end` with frameshifts and counts them. Nothing when there
/// are no more than sequence without errors has; else prices that go from those of clean sequence
/// to those of `options` as they become more.
std::optional<ErrorPrices> error_prices(const GeneWindow& window,
                                        const GeneOptions& options,
                                        std::int64_t end);

}  // namespace heddle::pipeline
