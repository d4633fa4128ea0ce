#include "pipeline/heads/genes/first_look.h"

#include "pipeline/heads/genes/gene_lattice.h"

#include <cmath>

namespace heddle::pipeline {
namespace {

// Chosen on genomes of genera that the model had not seen and their copies with errors put in, in
// stretches of 128 kb: without errors at most 257 frameshifts a Mb of coding bases are found at
// this price (of 11 genomes 10 have at most 129), with 0.1 % errors 348 to 505, with 1 % 2,600.
constexpr double kLookPrice = 20;
constexpr double kCleanRate = 250e-6, kNoisyRate = 450e-6;  // frameshifts a coding base
constexpr double kClearPrice = 60;  // at kCleanRate; falls to GenePrices::shift at kNoisyRate
// What a short read says about itself counts for as much as this stretch of clean sequence.
constexpr double kPriorBases = 20000;

}  // namespace

std::optional<ErrorPrices> error_prices(const GeneWindow& window,
                                        const GeneOptions& options,
                                        std::int64_t end) {
  GeneLattice scout(window, options);
  const GenePrices& prices = options.prices;
  scout.clear(ErrorPrices{kLookPrice, prices.evidence_limit});
  while (scout.position() < end) scout.advance();
  scout.force(end);
  std::int64_t shifts = 0, coding = 0;
  scout.settle([&](const GeneEvent& event) {
    const bool opens = event.kind == GeneEvent::Kind::kOpen;
    const bool closes = event.kind == GeneEvent::Kind::kClose;
    if (opens) coding += end - event.position;
    if (closes) coding -= end - event.position;
    if (!opens && !closes) ++shifts;
  });
  const double rate = (static_cast<double>(shifts) + kPriorBases * kCleanRate) /
                      (static_cast<double>(coding) + kPriorBases);
  if (rate <= kCleanRate) return std::nullopt;
  const double noise =
      std::min(1.0, std::log(rate / kCleanRate) / std::log(kNoisyRate / kCleanRate));
  return ErrorPrices{
      kClearPrice + noise * (prices.shift - kClearPrice),
      prices.clean_limit * std::pow(prices.evidence_limit / prices.clean_limit, noise)};
}

}  // namespace heddle::pipeline
