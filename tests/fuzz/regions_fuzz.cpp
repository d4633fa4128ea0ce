#include "io/error.h"
#include "io/read_filter.h"
#include "tests/fuzz/memory_file.h"

#include <cstdint>

namespace {

void check(const heddle::io::Region& region) {
  if (region.start < 0 || region.end < region.start) std::abort();
}

}  // namespace

// As the text of one region, and as a BED file of them: what is read is a stretch.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace heddle;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    check(io::parse_region(text, false));
  } catch (const io::InputError&) {
  }
  const MemoryFile file(text);
  try {
    for (const io::Region& region : io::read_bed_regions(file.path())) check(region);
  } catch (const io::InputError&) {
  }
  return 0;
}
