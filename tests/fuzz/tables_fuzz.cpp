#include "io/error.h"
#include "io/formats/annotation.h"
#include "io/formats/frame_labels.h"
#include "io/formats/mot_rows.h"
#include "io/formats/pair_rows.h"
#include "io/formats/site_rows.h"
#include "tests/fuzz/memory_file.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace heddle;

void read_boxes(const std::string& path) {
  for (const io::MotRow& row : io::read_mot(path)) {
    if (row.frame < 1 || row.columns < 6) std::abort();
  }
}

void read_features(const std::string& path) {
  for (const io::Gff3Row& row : io::read_annotation(path).rows) {
    if (row.start < 0 || row.end <= row.start) std::abort();
    if (row.attribute("ID").size() > row.attributes.size()) std::abort();
  }
}

void read_places(const std::string& path) {
  for (const io::Pair& pair : io::read_pairs(path)) {
    for (const io::Pair::End& end : {pair.first, pair.second}) {
      if (end.start < 0 || end.end <= end.start) std::abort();
    }
  }
}

void read_motif_sites(const std::string& path) {
  for (const io::SiteRow& site : io::read_sites(path)) {
    if (site.start < 0 || site.end <= site.start) std::abort();
  }
}

void read_labels(const std::string& path) {
  io::FrameLabelsReader reader(path);
  while (const auto labels = reader.next()) {
    if (labels->genes.size() != labels->frames.size() || labels->name.empty()) std::abort();
  }
}

}  // namespace

// The first byte says which table the others are: boxes ('0'), features (1), pairs (2), sites (3)
// or labels of bases (4).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  void (*const readers[])(const std::string&) = {
      read_boxes, read_features, read_places, read_motif_sites, read_labels};
  const MemoryFile file({reinterpret_cast<const char*>(data) + 1, size - 1});
  try {
    readers[static_cast<std::uint8_t>(data[0] - '0') % 5](file.path());
  } catch (const io::InputError&) {
    return 0;
  }
  return 0;
}
