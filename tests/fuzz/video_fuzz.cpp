#include "tests/fuzz/samples.h"

// Small clips of several containers are the seeds, so that FFmpeg is reached behind the sniffing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  heddle::read_all_samples(data, size);
  return 0;
}
