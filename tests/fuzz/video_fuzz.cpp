#include "tests/fuzz/samples.h"

// The bytes behind the start of an mp4, so that FFmpeg is reached.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(
      "\0\0\0\x18"
      "ftypisom\0\0\2\0isomiso2",
      24);
  bytes.append(reinterpret_cast<const char*>(data), size);
  heddle::read_all_samples(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return 0;
}
