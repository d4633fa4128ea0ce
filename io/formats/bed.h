#pragma once
// BED12 (GA4GH 1.0): one line a feature, its parts as blocks.
//
// - The name is the feature's Name attribute (a motif's id); of an RNA gene its kind (tRNA, tmRNA,
//   16S_rRNA); else its ID or SEQUENCE_n.
// - The score column is the score rounded into 0..1000. Thick is what codes: a CDS all over, others
//   nowhere.
// - Blocks of BED may not overlap: where a frameshift makes two parts share bases, the later block
//   begins behind the earlier.
// - A feature over a circle's origin has blocks at both ends of the sequence, so a feature waits
//   until a later one shows that the sequence goes on behind it, or until the end.
// - Failures are comments, as in GFF3.
//
// Example: heddle genome contigs.fa -O bed -o genes.bed

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_bed(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
