#include "io/motifs/motif.h"
#include "tests/fuzz/memory_file.h"

#include <cstdint>

// Whatever the bytes are taken for: JASPAR, TRANSFAC, MEME, FASTA patterns, gzip.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const heddle::MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    heddle::io::read_motifs(file.path());
  } catch (const heddle::io::InputError&) {
    return 0;
  }
  return 0;
}
