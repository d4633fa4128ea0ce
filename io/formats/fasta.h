#pragma once
// FASTA, plain, gzip or bgzf: contigs of any length, in pieces, in constant memory.
//
// - Letters: see bases.h; unfolded, but in upper case, with SourceOptions::keep_letters. Blanks and
//   empty lines inside a sequence are skipped; anything else is an InputError with file, line,
//   column and byte. Lines that start with ; are comments.
// - Names: the first word behind >. A name used twice is an InputError that names both lines; the
//   first 1,048,576 names are remembered for that (about 50 MB at most), later ones are checked
//   against those only.
// - A sequence without bases is one empty piece. A missing final newline is fine.
// - Truncated gzip or bgzf: the whole pieces come, then InputError. Plain text has no end mark: a
//   cut between two lines cannot be seen.
// - circular: said by topology=circular, circular=true (yes, y) or suggestCircular=yes in the
//   description, in any case and any brackets; 'complete genome' alone says nothing.
//
// Example: heddle genome contigs.fa.gz

#include "io/format.h"

#include <memory>

namespace heddle::io {

bool looks_like_fasta(const Head& head);
std::unique_ptr<Source> open_fasta(std::unique_ptr<PeekedInput> input,
                                   const SourceOptions& options);

/// Whether a description says that its sequence is a circle.
bool says_circular(const std::string& description);

}  // namespace heddle::io
