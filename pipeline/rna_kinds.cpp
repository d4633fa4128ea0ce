#include "pipeline/rna_kinds.h"

#include <array>
#include <charconv>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

// tRNA: 70 to 95 bases in fifteen genomes, some 30 to 50 more with an archaeal intron, of which the
// rest is told. Where a model sees no end between neighbours, a longer longest sews them together.
constexpr std::array<RnaKind, kRnaKinds> kKinds = {{
    {"tRNA", "tRNA", "tRNA", 58, 100, 40},
    {"tmRNA", "tmRNA", "transfer-messenger RNA", 240, 560, 120},
    {"5S", "rRNA", "5S ribosomal RNA", 85, 170, 60},
    {"16S", "rRNA", "16S ribosomal RNA", 1100, 2100, 200},
    {"23S", "rRNA", "23S ribosomal RNA", 2100, 4000, 200},
}};

}  // namespace

std::span<const RnaKind, kRnaKinds> rna_kinds() { return kKinds; }

std::string rna_kind_names() {
  std::string names;
  for (const RnaKind& kind : kKinds) names.append(names.empty() ? "" : " ").append(kind.name);
  return names;
}

int rna_channel(const std::map<std::string, std::string, std::less<>>& fields) {
  const auto found = fields.find("rna");
  if (found == fields.end()) return -1;
  int channel = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), channel);
  if (error != std::errc() || end != text.data() + text.size() || channel < kFrameChannels) {
    throw std::invalid_argument("model field 'rna' is '" + text +
                                "', not a channel behind the eight of frames");
  }
  const auto kinds = fields.find("rna_kinds");
  if (kinds == fields.end() || kinds->second != rna_kind_names()) {
    throw std::invalid_argument("model field 'rna_kinds' is '" +
                                (kinds == fields.end() ? "" : kinds->second) +
                                "', this program knows '" + rna_kind_names() + "'");
  }
  return channel;
}

}  // namespace heddle::pipeline
