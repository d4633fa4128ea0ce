#pragma once
// bedGraph: a value along each sequence (value_sink.h), as runs of bases of one value: name, start,
// end (0-based half-open), value. Sorted within a sequence, never overlapping: bedtools and genome
// browsers take it as it is.
//
//   depth    what covers the base: genes; or copies of families, tandem arrays and the arms of
//            inverted repeats. That is the depth of the blocks of the BED of the same run, as
//            bedtools genomecov -split counts it. Where nothing lies there is no line.
//   coding, plus, minus   probabilities of the gene model, two decimals
//
// A sequence is written at its end, or, of probabilities, as it comes. Failures and interruption
// are # comments.
//
// Example: heddle genome genome.fa --task repeats -O bedgraph -o copies.bedgraph

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_bedgraph(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
