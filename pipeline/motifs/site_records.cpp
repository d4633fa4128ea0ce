#include "pipeline/motifs/site_records.h"

#include "pipeline/encoders/bases.h"

#include <array>
#include <charconv>
#include <vector>

namespace heddle::pipeline {
namespace {

// Three digits: '3.12e-06'.
std::string probability(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 3);
  return {text.data(), end.ptr};
}

}  // namespace

FoundSite found_site(const Segment& segment, const MotifSite& site, int width) {
  const std::int64_t start = segment.core_begin + site.at;
  const auto from = static_cast<std::size_t>(start - segment.begin);
  return {.sequence = segment.sequence,
          .letters = std::string_view(segment.bases).substr(from, static_cast<std::size_t>(width)),
          .start = start,
          .strand = site.strand,
          .loss = site.loss};
}

io::Interval site_record(const ScoredMotif& motif,
                         const FoundSite& site,
                         std::optional<double> q_value) {
  std::vector<std::uint8_t> codes(site.letters.size()), turned(codes.size());
  encode_bases(site.letters, codes);
  reverse_complement(codes, turned);
  const std::vector<std::uint8_t>& read = site.strand == 0 ? codes : turned;
  std::string letters;
  for (const std::uint8_t code : read) letters += "ACGTN"[code];

  io::Interval record;
  record.sequence = site.sequence;
  record.type = "nucleotide_motif";
  record.strand = site.strand == 0 ? '+' : '-';
  record.parts.push_back({site.start, site.start + motif.width(), 0});
  record.score = motif.score(read);
  record.attributes.emplace_back("Name", motif.id);
  if (!motif.name.empty()) record.attributes.emplace_back("Alias", motif.name);
  record.attributes.emplace_back("pvalue", probability(motif.tail.p_value(site.loss)));
  if (q_value) record.attributes.emplace_back("qvalue", probability(*q_value));
  if (motif.pattern) record.attributes.emplace_back("mismatches", std::to_string(site.loss));
  record.attributes.emplace_back("sequence", letters);
  record.nucleotides = std::move(letters);
  return record;
}

std::vector<io::Attribute> site_attributes() {
  using Type = io::Attribute::Type;
  return {{"Name"},
          {"Alias"},
          {"pvalue", Type::kNumber},
          {"qvalue", Type::kNumber},
          {"mismatches", Type::kInteger},
          {"sequence"}};
}

}  // namespace heddle::pipeline
