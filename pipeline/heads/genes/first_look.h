#pragma once
// A first look at a sequence decides whether frameshifts are allowed, and at which price, so that
// one setting serves finished genomes and raw reads.
//
// Not every frameshift of the best labeling is an error of the sequence: a model that does not know
// a genus errs about frames too. Two kinds do not count: a detour of less than 200 bases that comes
// back to the frame it left, and one of which the frame left or the frame entered stays open for
// 300 bases, where nobody reads it. Owns nothing, safe from any thread.

#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>
#include <optional>

namespace heddle::pipeline {

/// Decodes the window's bases left of `end` with frameshifts and counts them, by coding bases.
/// Nothing when there are no more than sequence without errors has; else prices, in nats, that go
/// from those of clean sequence to those of `options` as they become more.
std::optional<ErrorPrices> error_prices(const GeneWindow& window,
                                        const GeneOptions& options,
                                        std::int64_t end);

}  // namespace heddle::pipeline
