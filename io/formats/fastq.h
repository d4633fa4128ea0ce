#pragma once
// FASTQ, plain, gzip or bgzf, one line or many lines a field; one Sequence sample a read.
//
// - Checked: a name; letters (see bases.h; no blanks inside); qualities ! to ~ (Phred + 33), as
//   many as bases; the text behind + is empty or the header again; the last read is whole. Each
//   failure is an InputError with the line. An @ inside qualities is told from a header by length.
// - A read without bases is an empty read. Reads longer than 256 Mb are refused.
// - Names: where reads of one name follow each other (interleaved pairs) the k-th gets /k, from the
//   second on. Other repeats pass: remembering every read's name would not be constant memory.
//
// Example: heddle genome reads.fastq.gz

#include "io/format.h"

#include <memory>

namespace heddle::io {

bool looks_like_fastq(const Head& head);
std::unique_ptr<Source> open_fastq(std::unique_ptr<PeekedInput> input,
                                   const SourceOptions& options);

}  // namespace heddle::io
