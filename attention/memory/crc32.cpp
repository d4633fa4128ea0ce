#include "attention/memory/crc32.h"

#include <array>
#include <cstring>

namespace heddle::attention {
namespace {

/// Table t: the effect of a byte that lies t bytes before the end of a step.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (state & 1 ? 0xedb88320u : 0);
    tables[0][byte] = state;
  }
  for (std::size_t t = 1; t < tables.size(); ++t) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[t - 1][byte];
      tables[t][byte] = tables[0][before & 0xff] ^ before >> 8;
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

}  // namespace

void Crc32::add(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint32_t low = 0;
    std::memcpy(&low, bytes, 4);
    low ^= state_;
    state_ = kTables[7][low & 0xff] ^ kTables[6][low >> 8 & 0xff] ^ kTables[5][low >> 16 & 0xff] ^
             kTables[4][low >> 24] ^ kTables[3][bytes[4]] ^ kTables[2][bytes[5]] ^
             kTables[1][bytes[6]] ^ kTables[0][bytes[7]];
  }
  for (; size > 0; ++bytes, --size) state_ = kTables[0][(state_ ^ *bytes) & 0xff] ^ state_ >> 8;
}

}  // namespace heddle::attention
