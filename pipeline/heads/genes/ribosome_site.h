#pragma once
// The Shine-Dalgarno motif: how well the bases before a start codon pair with the end of the 16S
// ribosomal RNA, 3'-AUUCCUCCA-5', whose perfect partner reads TAAGGAGGT. Shine and Dalgarno, 1974.

#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>

namespace heddle::pipeline {

/// Strength 0 (none) to 6: of the best run of at least four bases that pair (three: 1 less), one
/// unit a base beyond two, less one unit for each base that its spacing leaves the usual 5 to 9.
int plus_site_strength(const GeneWindow& window, std::int64_t start);
/// The same for a - strand gene whose start codon is [start - 3, start).
int minus_site_strength(const GeneWindow& window, std::int64_t start);

}  // namespace heddle::pipeline
