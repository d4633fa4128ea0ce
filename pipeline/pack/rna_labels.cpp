#include "pipeline/pack/rna_labels.h"

#include "pipeline/rna_kinds.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

bool is_whole(const AnnotatedRna& rna, std::int64_t length) {
  return !rna.marked && rna.kind >= 0 && (rna.strand == '+' || rna.strand == '-') &&
         rna.start >= 0 && rna.end <= length;
}

std::span<std::uint8_t> bases_of(const AnnotatedRna& rna, LabelledBases& labels) {
  const std::int64_t start = std::clamp<std::int64_t>(rna.start, 0, labels.size());
  const std::int64_t end = std::clamp<std::int64_t>(rna.end, start, labels.size());
  return std::span(labels.rna)
      .subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start));
}

}  // namespace

void label_rnas(std::span<const AnnotatedRna> rnas, LabelledBases& labels, LabelCounts& counts) {
  labels.rna.assign(labels.bases.size(), 0);
  for (const AnnotatedRna& rna : rnas) {
    if (!is_whole(rna, labels.size())) continue;
    const std::uint8_t label = rna_class(rna.kind, rna.strand);
    for (std::uint8_t& base : bases_of(rna, labels)) {
      base = base == 0 || base == label ? label : kUnlabelled;
    }
    ++counts.rnas;
  }
  // Last, so that nothing labels them again.
  for (const AnnotatedRna& rna : rnas) {
    if (is_whole(rna, labels.size())) continue;
    std::ranges::fill(bases_of(rna, labels), kUnlabelled);
    ++counts.unlabelled_rnas;
  }
}

}  // namespace heddle::pipeline
