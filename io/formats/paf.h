#pragma once
// PAF: one line a pair, the 12 columns of minimap2, then its name as nm:Z:, its identity as id:f:
// and the rest to 1 as dv:f:, by all columns of the alignment. The pair's first end is the query,
// the second the target; mapping quality is 255 (not known). PAF has no comments: failures stand in
// other outputs only.
//
// There is no cg:Z:, for the search counts differences and keeps no way through them. The counts
// are those of its alignment; where a pair was joined from parts, what lies between them counts as
// columns without matches, so that id is a lower bound there and dv an estimate.
//
// Example: heddle genome genome.fa --task repeats -O paf -o pairs.paf

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_paf(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
