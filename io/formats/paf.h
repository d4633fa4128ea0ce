#pragma once
// PAF: one line a pair, the 12 columns of minimap2, then its name as nm:Z:, its identity as id:f:
// and the rest to 1 as dv:f:, by all columns of the alignment. The pair's first end is the query,
// the second the target; mapping quality is 255 (not known). No cigars. PAF has no comments:
// failures stand in other outputs only.
//
// Example: heddle genome genome.fa --task repeats -O paf -o pairs.paf

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_paf(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
