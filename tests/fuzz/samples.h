#pragma once
// Bytes as a file that open_source can open, and all its samples read.

#include "io/source.h"
#include "tests/fuzz/memory_file.h"

#include <cstdint>

namespace heddle {

inline void read_all_samples(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    io::SourceOptions options;
    options.max_pixels = 1 << 20;
    const auto source = io::open_source(file.path(), options);
    for (int i = 0; i < 10000 && source->next(); ++i) {
    }
  } catch (const io::InputError&) {
    return;
  }
}

}  // namespace heddle
