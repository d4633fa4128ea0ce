#pragma once
// heddle eval genes: genes in GFF3 files against an annotation.

#include <CLI/CLI.hpp>

namespace heddle::app {

void add_eval_genes(CLI::App& eval);

}  // namespace heddle::app
