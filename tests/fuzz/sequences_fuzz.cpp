#include "tests/fuzz/samples.h"

// Whatever the bytes are taken for: FASTA, FASTQ, SAM, BAM, CRAM, gzip.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  heddle::read_all_samples(data, size);
  return 0;
}
