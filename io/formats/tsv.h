#pragma once
// Features as a table: tab-separated, one line a feature, a line of column names first.
//
// - seqid, start, stop (1-based, inclusive), strand, type, id, score; parts (START-STOP, a comma
//   between); partial (the end of the feature that lies beyond the sequence's edge: start, stop,
//   both, or nothing); then SinkOptions::attributes, a column for each of these attributes, empty
//   where a feature has none. Any other attribute stands in the last column, `other`, as KEY=VALUE
//   with ; between. So the columns depend on the task, never on what was found.
// - A feature has one line, from its first base to its last; over a circle's origin it ends beyond
//   the sequence's length. Control characters are blanks.
// - Failures are comments, as in GFF3.
//
// Example: heddle genome genome.fa --task motifs --motifs jaspar.txt -O tsv -o sites.tsv

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_tsv(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
