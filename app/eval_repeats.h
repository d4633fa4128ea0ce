#pragma once
// heddle eval repeats: pairs of repeats in BEDPE or PAF files against the truth.

#include <CLI/CLI.hpp>

namespace heddle::app {

void add_eval_repeats(CLI::App& eval);

}  // namespace heddle::app
