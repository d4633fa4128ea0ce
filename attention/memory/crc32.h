#pragma once
// CRC-32 (IEEE 802.3), eight bytes a step by tables.
// Threads: one caller at a time. Errors: none.

#include <cstddef>
#include <cstdint>

namespace heddle::attention {

class Crc32 {
 public:
  void add(const void* data, std::size_t size);
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffff;
};

}  // namespace heddle::attention
