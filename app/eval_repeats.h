#pragma once
// Pairs of repeats against the truth: two files of pairs -> recall and precision.

#include "pipeline/metrics/repeats.h"

#include <string>

namespace heddle::app {

/// Both BEDPE or PAF, each its own; a pair that a file has twice, or with its ends the other way
/// round, counts once. Throws InputError naming the file, also where the truth has no pair that
/// counts.
pipeline::RepeatScore score_repeat_files(const std::string& truth,
                                         const std::string& said,
                                         const pipeline::RepeatLimits& limits);

/// Columns with a head; shares in percent.
std::string repeats_table(const pipeline::RepeatScore& score);
/// One JSON object; shares of 1.
std::string repeats_json(const std::string& truth,
                         const std::string& said,
                         const pipeline::RepeatScore& score);
/// A bar each for recall and precision, as a self-contained SVG.
std::string repeats_svg(const std::string& truth,
                        const std::string& said,
                        const pipeline::RepeatScore& score);

}  // namespace heddle::app
