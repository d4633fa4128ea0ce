#pragma once
// The sequences of features: proteins (faa) and nucleotides in reading direction (ffn).
//
// - Headers: '>ID contig:start-end(strand) ...', 1-based, parts by commas, then the attributes as
//   in GFF3. Sequences in lines of 60.
// - A feature without that sequence (a protein of a repeat) has no entry. Failures have no place in
//   FASTA: they stand in the report and in the other formats.
//
// Example: heddle genome contigs.fa -O faa,ffn -o results/

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_faa(const std::string& path, const SinkOptions& options);
std::unique_ptr<Sink> open_ffn(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
