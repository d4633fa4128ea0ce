#pragma once
// Bytes as a file that open_source can open, and all its samples read.

#include "io/source.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace heddle {

inline void read_all_samples(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) return;
  try {
    io::SourceOptions options;
    options.max_pixels = 1 << 20;
    const auto source = io::open_source("/proc/self/fd/" + std::to_string(file), options);
    for (int i = 0; i < 10000 && source->next(); ++i) {
    }
  } catch (const io::InputError&) {
    close(file);
    return;
  }
  close(file);
}

}  // namespace heddle
