#pragma once
// Features as a table: tab-separated, one line a feature, a line of column names first.
//
// - sequence, start, stop (1-based, inclusive), strand, type, id, score, then a column for each
//   attribute of the first feature, under its name. For motifs these are the columns of FIMO's
//   table. An attribute that the first feature had not stands in the last column, `other`, as
//   KEY=VALUE with ; between.
// - A feature of several parts has one line, from its first base to its last; over a circle's
//   origin it ends beyond the sequence's length. Control characters are blanks.
// - Failures are comments, as in GFF3.
//
// Example: heddle genome genome.fa --task motifs --motifs jaspar.txt -O tsv -o sites.tsv

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_tsv(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
