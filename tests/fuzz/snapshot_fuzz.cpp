#include "attention/memory/rolling_memory.h"

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace heddle::attention;
  MemorySpec spec;
  spec.key_dim = 4;
  spec.value_dim = 4;
  spec.block = 4;
  spec.long_blocks = 4;
  spec.top_k = 2;
  RollingMemory memory(spec);
  std::istringstream from(std::string(reinterpret_cast<const char*>(data), size));
  try {
    memory.restore(from);
  } catch (const std::runtime_error&) {
    return 0;
  } catch (const std::invalid_argument&) {
    return 0;
  }
  return 0;
}
