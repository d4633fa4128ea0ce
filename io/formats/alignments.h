#pragma once
// Reads out of SAM, BAM and CRAM files, through htslib.
//
// - SEQ and QUAL as stored (a read mapped to the reverse strand stays reversed); letters beyond
//   A C G T become N; a read without SEQ is an empty read; absent qualities are empty.
// - One sample a read, as `samtools fastq` counts them: secondary and supplementary records repeat
//   a read that has its own record, and are skipped. The first and second read of a pair get /1
//   and /2, so that their names differ.
// - ReadFilter selects as `samtools view` does; regions are found by the index beside the file
//   (.bai, .csi, .crai) where there is one, else every record is read and tried.
// - Truncation: a missing BGZF or CRAM end-of-file marker is an InputError behind the last record.
// - CRAM references come from `reference` (FASTA, plain or bgzf; a .fai is made beside it where
//   missing), from the file itself where embedded, or from the user's REF_PATH. Without REF_PATH it
//   is set for this process to a path that holds nothing, and @SQ UR is ignored: nothing is ever
//   fetched because a file names it.
// - htslib's own messages are switched off for the process.
//
// Example: heddle genome reads.cram -T reference.fa

#include "io/format.h"

#include <memory>

namespace heddle::io {

bool looks_like_bam(const Head& head);
bool looks_like_cram(const Head& head);
bool looks_like_sam(const Head& head);
std::unique_ptr<Source> open_alignments(std::unique_ptr<PeekedInput> input,
                                        const SourceOptions& options);

}  // namespace heddle::io
