#include "pipeline/heads/genes/gene_starts.h"

#include "pipeline/heads/genes/ribosome_site.h"

#include <algorithm>

namespace heddle::pipeline {

GeneStarts::GeneStarts(const GeneWindow& window, const GeneOptions& options)
    : window_(window),
      options_(options),
      reach_(std::max({options.min_length,
                       options.prices.short_length,
                       options.min_open_length,
                       options.min_tail + 3,
                       options.max_overlap})),
      codon_price_{0,
                   0,
                   to_fixed(options.prices.gtg),
                   to_fixed(options.prices.ttg),
                   to_fixed(options.prices.rare_start)},
      site_unit_(to_fixed(options.prices.ribosome_site)),
      short_gene_(to_fixed(options.prices.short_gene)) {}

std::optional<std::int64_t> GeneStarts::plus(std::int64_t at) const {
  const StartCodon codon = window_.codon(at).plus_start;
  if (codon == StartCodon::kNone) return std::nullopt;
  const Reading reading = read_on(at, static_cast<int>(at % 3));
  if (too_short(reading)) return std::nullopt;
  return worth(codon, reading, plus_site_strength(window_, at));
}

std::optional<std::int64_t> GeneStarts::minus(std::int64_t at,
                                              std::int64_t stop,
                                              std::int64_t edge) const {
  const StartCodon codon = window_.codon(at - 3).minus_start;
  if (codon == StartCodon::kNone) return std::nullopt;
  const Reading reading{at - std::max(stop, edge), stop >= edge || at - edge >= reach_};
  if (too_short(reading)) return std::nullopt;
  return worth(codon, reading, minus_site_strength(window_, at));
}

GeneStarts::Reading GeneStarts::read_on(std::int64_t at, int frame) const {
  for (std::int64_t codon = at + (frame - at % 3 + 3) % 3; codon - at < reach_; codon += 3) {
    if (codon + 3 > window_.end()) return {window_.end() - at, false};
    if (window_.codon(codon).plus_stop) return {codon + 3 - at, true};
  }
  return {reach_, true};
}

bool GeneStarts::too_short(const Reading& reading) const {
  return reading.length < (reading.stops ? options_.min_length : options_.min_open_length);
}

std::int64_t GeneStarts::worth(StartCodon codon, const Reading& reading, int site) const {
  const std::int64_t missing = options_.prices.short_length - reading.length;
  const bool is_short = reading.stops && missing > 0;
  return site * site_unit_ - codon_price_[static_cast<int>(codon)] -
         (is_short ? short_gene_ * missing / options_.prices.short_length : 0);
}

}  // namespace heddle::pipeline
