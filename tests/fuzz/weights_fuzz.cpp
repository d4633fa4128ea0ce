#include "attention/weights/safetensors.h"
#include "attention/weights/weights_error.h"

#include <cstdint>
#include <vector>

// The bytes must be aligned as a mapping is: the views point into them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint64_t> aligned(size / 8 + 1);
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(aligned.data()), size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(data[i]);
  try {
    heddle::attention::parse_weights(bytes, "fuzz");
  } catch (const heddle::attention::WeightsError&) {
    return 0;
  }
  return 0;
}
