#include "io/formats/gene_tags.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <new>

namespace heddle::io {
namespace {

constexpr std::uint8_t kMinusStrand = 1 << 2;
constexpr std::uint8_t kSameGene = 1 << 3;
constexpr std::uint8_t kOpenStart = 1 << 4;
constexpr std::uint8_t kOpenEnd = 1 << 5;

std::uint8_t type_of(const Interval& gene, std::size_t part) {
  auto type = static_cast<std::uint8_t>(gene.parts[part].phase % 3);
  if (gene.strand == '-') type |= kMinusStrand;
  if (part > 0) type |= kSameGene;
  if (gene.partial_start) type |= kOpenStart;
  if (gene.partial_end) type |= kOpenEnd;
  return type;
}

std::uint8_t quality_of(double score) {
  return std::isfinite(score) ? static_cast<std::uint8_t>(std::clamp(score, 0.0, 255.0)) : 0;
}

template <typename Entry>
bool add_array(bam1_t& record, const char* tag, std::uint8_t type, const std::vector<Entry>& of) {
  const auto count = static_cast<std::uint32_t>(of.size());
  auto* entries = const_cast<Entry*>(of.data());  // htslib reads it, and asks for no const
  errno = 0;
  if (bam_aux_update_array(&record, tag, type, count, entries) == 0) return true;
  if (errno == ENOMEM) throw std::bad_alloc();
  return false;
}

}  // namespace

GeneTags gene_tags(std::span<const Interval> features) {
  std::vector<const Interval*> genes;
  for (const Interval& feature : features) {
    if (feature.type == "CDS") genes.push_back(&feature);
  }
  std::stable_sort(genes.begin(), genes.end(), [](const Interval* a, const Interval* b) {
    return a->parts.front().start < b->parts.front().start;
  });
  GeneTags tags;
  for (const Interval* gene : genes) {
    for (std::size_t part = 0; part < gene->parts.size(); ++part) {
      const Interval::Part& row = gene->parts[part];
      tags.starts.push_back(static_cast<std::uint32_t>(row.start));
      tags.lengths.push_back(static_cast<std::uint32_t>(row.end - row.start));
      tags.types.push_back(type_of(*gene, part));
      tags.qualities.push_back(quality_of(gene->score));
    }
  }
  return tags;
}

bool set_tags(bam1_t& record, const GeneTags& tags) {
  for (const char* tag : {"gs", "gl", "gt", "gq"}) {  // lower case: a user may mean another thing
    std::uint8_t* const stale = bam_aux_get(&record, tag);
    if (stale != nullptr) bam_aux_del(&record, stale);
  }
  if (tags.starts.empty()) return true;
  return add_array(record, "gs", 'I', tags.starts) && add_array(record, "gl", 'I', tags.lengths) &&
         add_array(record, "gt", 'C', tags.types) && add_array(record, "gq", 'C', tags.qualities);
}

}  // namespace heddle::io
