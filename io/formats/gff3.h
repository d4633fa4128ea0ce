#pragma once
// GFF3 1.26 (Sequence Ontology project), as `gt gff3validator` accepts it.
//
// - A ##sequence-region line stands before each sequence's features. Where the length is known only
//   at the end, the features wait in a Spool. An empty sequence has no such line.
// - A circular sequence has a `region` row with Is_circular=true, and features over its origin end
//   beyond its length. SequenceStart tells of the circle; so does a feature over the origin where
//   the features wait.
// - A feature of several parts is several rows with one ID, by ascending coordinate; `part=1/2`
//   counts in reading direction. Phases stand with CDS rows only.
// - Attributes: see gff3_attributes() in feature_text.h.
// - Failures are comments ('# failed: read r17: why'); a last line counts them.
// - Neither command line nor date: the same input gives the same bytes.
//
// Example: heddle genome contigs.fa -O gff3 -o genes.gff3

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_gff3(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
