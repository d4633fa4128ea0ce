#include "io/formats/genome_page/genome_notes.h"

#include "io/formats/feature_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace heddle::io {

void ClassCounts::add(double value) {
  const double place = std::isfinite(value) ? std::max(0.0, std::floor(value / width)) : 0;
  const auto last = static_cast<double>(counts.size() - 1);
  ++counts[static_cast<std::size_t>(std::min(place, last))];
}

void GenomeNotes::take(const Sample& sample, std::span<const Record> records) {
  for (const Record& record : records) {
    if (const auto* start = std::get_if<SequenceStart>(&record)) {
      SequenceNotes& notes = open_[start->sequence];
      notes.name = start->sequence;
      notes.circular = start->circular;
      if (start->length >= 0) notes.length = start->length;
    }
  }
  const auto* piece = std::get_if<Sequence>(&sample);
  if (piece != nullptr) {
    const auto found = open_.find(piece->name);
    if (found != open_.end()) found->second.see(piece->offset, piece->bases);
  }
  for (const Record& record : records) take(record);
}

void GenomeNotes::take(const Record& record) {
  if (const auto* feature = std::get_if<Interval>(&record)) {
    count(*feature);
    const auto found = open_.find(feature->sequence);
    if (found != open_.end()) found->second.see(*feature);
  } else if (const auto* pair = std::get_if<Pair>(&record)) {
    ++pairs;
    inverted += pair->strand == '-' ? 1 : 0;
    const auto found = open_.find(pair->first.sequence);
    if (found != open_.end()) found->second.see(*pair);
  } else if (const auto* end = std::get_if<SequenceEnd>(&record)) {
    ++sequences;
    bases += end->length;
    auto ended = open_.extract(end->sequence);
    if (ended.empty()) return;
    ended.mapped().length = end->length;
    keep(std::move(ended.mapped()));
  } else if (const auto* failure = std::get_if<Failure>(&record)) {
    if (++failures <= static_cast<std::int64_t>(kMostFailures)) first_failures.push_back(*failure);
  }
}

void GenomeNotes::count(const Interval& feature) {
  if (feature.type == "CDS") return count_gene(feature);
  if (is_rna(feature)) ++rnas[feature.type];
  arrays += feature.type == "tandem_repeat" ? 1 : 0;
  const bool crispr = is_crispr(feature);
  crisprs += crispr ? 1 : 0;
  copies += feature.type == "repeat_region" && !crispr ? 1 : 0;
  if (feature.type != "nucleotide_motif") return;
  ++sites;
  forward_sites += feature.strand == '+' ? 1 : 0;
}

void GenomeNotes::count_gene(const Interval& gene) {
  std::int64_t length = 0;
  for (const Interval::Part& part : gene.parts) length += part.end - part.start;
  ++genes;
  forward_genes += gene.strand == '+' ? 1 : 0;
  partial_genes += gene.partial_start || gene.partial_end ? 1 : 0;
  shifted_genes += gene.parts.size() > 1 ? 1 : 0;
  coding += length;
  gene_lengths.add(static_cast<double>(length));
  gene_scores.add(gene.score);
}

void GenomeNotes::keep(SequenceNotes notes) {
  const auto place =
      std::ranges::upper_bound(drawn_, notes.length, std::greater{}, &SequenceNotes::length);
  if (place == drawn_.end() && drawn_.size() == kDrawn) return;
  drawn_.insert(place, std::move(notes));
  if (drawn_.size() > kDrawn) drawn_.pop_back();
}

void GenomeNotes::finish() {
  for (auto& [name, notes] : std::exchange(open_, {})) {
    // How far it was read, or where nothing was read of it itself, what its start said.
    const Bins& seen = notes.known;
    const std::int64_t read = seen.width() * static_cast<std::int64_t>(seen.sums().size());
    if (read > 0) notes.length = notes.length > 0 ? std::min(notes.length, read) : read;
    ++sequences;
    bases += notes.length;
    if (notes.length > 0) keep(std::move(notes));
  }
}

}  // namespace heddle::io
