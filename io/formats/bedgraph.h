#pragma once
// bedGraph: along each sequence how many features cover each base, as runs of bases of one value:
// name, start, end (0-based half-open), value. Sorted within a sequence, never overlapping, and
// where nothing lies there is no line: bedtools and genome browsers take it as it is.
//
//   genes    the genes that cover the base, both strands together: 1, or 2 and more where they
//            overlap; bases between the parts of a gene with a frameshift do not count
//   repeats  the copies of families, the tandem arrays and the arms of inverted repeats that cover
//            it
//
// That is the depth of the blocks of the BED of the same run, as bedtools genomecov -split counts
// it. A feature over the origin of a circle goes on at its start. A sequence is written at its end.
// Memory: 32 bytes a feature of the sequences under way. Failures and interruption are # comments.
//
// Example: heddle genome genome.fa --task repeats -O bedgraph -o copies.bedgraph

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_bedgraph(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
