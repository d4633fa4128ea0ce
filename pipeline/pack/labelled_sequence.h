#pragma once
// A sequence and, beside each base, what a gene model should say of it.
//
//   bases   A C G T N = 0 1 2 3 4
//   plus    0 no gene on the + strand, 1 2 3 codon phase 0 1 2 of one, kUnlabelled: do not ask
//   minus   the same of the - strand (phases count from the gene's own start)
//   starts  1: the first base of a gene on the + strand, 2: on the - strand, 0: neither,
//           kUnlabelled: do not ask
//   rna     0 no RNA gene, else a class of rna_kinds.h, kUnlabelled: do not ask (of a view: empty
//           where that is so of every base)
//
// Owned and borrowed form, as Tensor and TensorView. Threads: values.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

inline constexpr std::uint8_t kUnlabelled = 255;  // attention::train::kIgnored

struct LabelledBases {
  using Track = std::vector<std::uint8_t>;
  Track bases, plus, minus, starts, rna;

  /// All of them, of one length.
  std::array<Track*, 5> tracks() { return {&bases, &plus, &minus, &starts, &rna}; }
  std::array<const Track*, 5> tracks() const { return {&bases, &plus, &minus, &starts, &rna}; }
  /// Those of labels.
  std::array<Track*, 4> labels() { return {&plus, &minus, &starts, &rna}; }
  std::int64_t size() const { return static_cast<std::int64_t>(bases.size()); }
};

struct LabelledSequence {
  std::string name;
  int genetic_code = 11;
  LabelledBases labels;
};

struct LabelledView {
  std::string_view name;
  int genetic_code = 11;
  std::span<const std::uint8_t> bases, plus, minus, starts, rna;

  std::int64_t size() const { return static_cast<std::int64_t>(bases.size()); }
  LabelledBases copy(std::int64_t begin, std::int64_t end) const;
};

inline LabelledBases LabelledView::copy(std::int64_t begin, std::int64_t end) const {
  const auto part = [begin, end](std::span<const std::uint8_t> all) {
    return std::vector<std::uint8_t>(all.begin() + begin, all.begin() + end);
  };
  const auto unlabelled = [begin, end] {
    return std::vector<std::uint8_t>(static_cast<std::size_t>(end - begin), kUnlabelled);
  };
  return {
      part(bases), part(plus), part(minus), part(starts), rna.empty() ? unlabelled() : part(rna)};
}

}  // namespace heddle::pipeline
