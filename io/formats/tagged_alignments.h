#pragma once
// The input's own SAM, BAM or CRAM records again, each read's genes as tags. Every record of the
// input that its ReadFilter takes is there, in the input's order; secondary and supplementary ones
// as they were. Only for inputs of these formats (OutputError otherwise).
//
// Tags, arrays with one entry a CDS row: genes by ascending start, a gene's rows together; a read
// without genes has none (and loses those that an earlier run gave it). Positions count in SEQ as
// it is stored:
//   gs:B:I  0-based start          gl:B:I  length
//   gt:B:C  bits 0-1 codon phase of the row's first base in reading direction: 0, 1, 2
//           bit 2 the - strand of SEQ as stored    bit 3 same gene as the entry before (a
//           frameshift between them)   bit 4 / bit 5 the gene's 5' / 3' end lies beyond the read
//   gq:B:C  the gene's score in nats over no gene, at most 255
// The header gains a @PG line. CRAM needs the reference again, in SinkOptions: none is ever looked
// for by what a header names. "-" is standard output, as it is.
//
// Example: heddle genome reads.bam -O bam -o genes.bam

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_sam_tags(const std::string& path, const SinkOptions& options);
std::unique_ptr<Sink> open_bam_tags(const std::string& path, const SinkOptions& options);
std::unique_ptr<Sink> open_cram_tags(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
