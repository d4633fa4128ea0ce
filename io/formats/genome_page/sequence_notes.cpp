#include "io/formats/genome_page/sequence_notes.h"

#include "io/formats/feature_text.h"

#include <cmath>

namespace heddle::io {
namespace {

constexpr std::size_t kUnitShown = 40;  // letters of an array's pattern

std::string value_of(const Interval& feature, std::string_view key) {
  const std::string* value = find_attribute(feature, key);
  return value == nullptr ? std::string() : *value;
}

std::int64_t start_of(const Interval& feature) { return feature.parts.front().start; }
std::int64_t end_of(const Interval& feature) { return feature.parts.back().end; }

}  // namespace

void SequenceNotes::see(std::int64_t offset, std::string_view bases) {
  constexpr std::size_t kStep = 64;  // no bin is narrower
  for (std::size_t from = 0; from < bases.size(); from += kStep) {
    std::array<double, 4> counts{};  // A or T, C, G, other
    for (const char letter : bases.substr(from, kStep)) {
      switch (letter | 0x20) {
        case 'a':
        case 't':
          ++counts[0];
          break;
        case 'c':
          ++counts[1];
          break;
        case 'g':
          ++counts[2];
          break;
        default:
          ++counts[3];
      }
    }
    const std::int64_t at = offset + static_cast<std::int64_t>(from);
    cytosine.add(at, at + 1, counts[1]);
    guanine.add(at, at + 1, counts[2]);
    known.add(at, at + 1, counts[0] + counts[1] + counts[2]);
  }
}

void SequenceNotes::see(const Pair& pair) {
  const PairNote note{pair.first.start,
                      pair.first.end,
                      pair.second.start,
                      pair.second.end,
                      pair.strand == '-',
                      pair.identity()};
  inverted_pairs += note.inverted ? 1 : 0;
  pairs.put(note.length(), note);
}

void SequenceNotes::see(const Interval& feature) {
  if (feature.parts.empty()) return;
  if (feature.type == "CDS") return see_gene(feature);
  if (feature.type == "tandem_repeat") return see_array(feature);
  if (is_crispr(feature)) return see_crispr(feature);
  if (feature.type == "repeat_region") return see_copy(feature);
  if (feature.type == "nucleotide_motif") return see_site(feature);
  if (is_rna(feature)) return see_rna(feature);
}

void SequenceNotes::see_copy(const Interval& feature) {
  const std::int64_t start = start_of(feature), end = end_of(feature), bases = end - start;
  std::string family = value_of(feature, "rpt_family");
  copied.add(start, end);
  const auto found = families.find(family);
  if (found == families.end() && families.size() == kMostFamilies) {
    ++copies_without_family;
  } else {
    FamilyNote& note = families[family];
    if (note.copies < static_cast<std::int64_t>(note.starts.size())) {
      note.starts[static_cast<std::size_t>(note.copies)] = start;
    }
    note.shortest = note.copies == 0 ? bases : std::min(note.shortest, bases);
    note.longest = std::max(note.longest, bases);
    note.bases += bases;
    ++note.copies;
  }
  copies.put(bases, {start, end, std::move(family)});
}

void SequenceNotes::see_array(const Interval& feature) {
  const std::int64_t start = start_of(feature), end = end_of(feature);
  arrayed.add(start, end);
  std::string unit = value_of(feature, "rpt_unit_seq");
  if (unit.size() > kUnitShown) unit = unit.substr(0, kUnitShown) + "...";
  arrays.put(end - start,
             {start,
              end,
              value_of(feature, "period"),
              value_of(feature, "copies"),
              value_of(feature, "identity"),
              std::move(unit)});
}

void SequenceNotes::see_gene(const Interval& feature) {
  for (const Interval::Part& part : feature.parts) coding.add(part.start, part.end);
  const bool shifted = feature.parts.size() > 1;
  genes.put(end_of(feature) - start_of(feature),
            {start_of(feature), end_of(feature), feature.strand == '-', shifted});
}

void SequenceNotes::see_rna(const Interval& feature) {
  rnas.put(end_of(feature) - start_of(feature),
           {start_of(feature),
            end_of(feature),
            feature.strand,
            feature.type,
            value_of(feature, "product"),
            feature.score});
}

void SequenceNotes::see_crispr(const Interval& feature) {
  crisprs.put(end_of(feature) - start_of(feature),
              {start_of(feature),
               end_of(feature),
               value_of(feature, "copies"),
               value_of(feature, "spacer_length"),
               value_of(feature, "identity"),
               value_of(feature, "rpt_unit_seq")});
}

void SequenceNotes::see_site(const Interval& feature) {
  const std::int64_t start = start_of(feature);
  sites.add(start, start + 1);
  const std::string id = value_of(feature, "Name");
  if (!motifs.contains(id) && motifs.size() == kMostMotifs) return;
  MotifNote& note = motifs[id];
  if (note.sites == 0 || feature.score > note.best) {
    note.best = feature.score;
    note.p_value = value_of(feature, "pvalue");
  }
  if (note.sites == 0) note.name = value_of(feature, "Alias");
  ++note.sites;
  note.forward += feature.strand == '+' ? 1 : 0;
  note.along.add(start, start + 1);
}

}  // namespace heddle::io
