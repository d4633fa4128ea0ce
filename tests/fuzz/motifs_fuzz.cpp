#include "io/motifs/motif.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

// Whatever the bytes are taken for: JASPAR, TRANSFAC, MEME, FASTA patterns, gzip.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) return 0;
  try {
    heddle::io::read_motifs("/proc/self/fd/" + std::to_string(file));
  } catch (const heddle::io::InputError&) {
    close(file);
    return 0;
  }
  close(file);
  return 0;
}
