#include "attention/backend/backend.h"
#include "attention/memory/rolling_memory.h"

#include <zlib.h>

#include <array>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

using namespace heddle::attention;

// Whatever was restored can be read, grown and saved.
void use(RollingMemory& memory) {
  std::array<float, 4> row{1, 2, 3, 4}, out{};
  const TensorView rows = view_of(row.data(), {1, 1, 4});
  RollingMemory::Attend args;
  args.queries = rows;
  args.first = args.live_first = memory.length();
  args.live_keys = args.live_values = rows;
  const Pattern near = parse_pattern("window(4,causal)");
  args.near = &near;
  args.out = view_of(out.data(), {1, 1, 4});
  memory.attend(backend("reference"), args);
  memory.append(rows, rows);
  std::ostringstream saved;
  memory.save(saved);
}

void restore(const std::string& bytes) {
  MemorySpec spec;
  spec.key_dim = 4;
  spec.value_dim = 4;
  spec.block = 4;
  spec.long_blocks = 4;
  spec.top_k = 2;
  RollingMemory memory(spec);
  std::istringstream from(bytes);
  try {
    memory.restore(from);
  } catch (const std::runtime_error&) {
    return;
  }
  constexpr std::int64_t kNoStreamIsLonger = std::int64_t{1} << 48;
  if (memory.length() < kNoStreamIsLonger) use(memory);
}

}  // namespace

// The bytes as they are, and with a checksum that fits, so that what lies behind it is reached.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  restore(bytes);
  const auto sum = static_cast<std::uint32_t>(crc32(0, data, static_cast<uInt>(size)));
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  restore(bytes);
  return 0;
}
