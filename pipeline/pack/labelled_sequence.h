#pragma once
// A sequence and, beside each base, what a gene model should say of it.
//
//   bases   A C G T N = 0 1 2 3 4
//   plus    0 no gene on the + strand, 1 2 3 codon phase 0 1 2 of one, kUnlabelled: do not ask
//   minus   the same of the - strand (phases count from the gene's own start)
//   starts  1: the first base of a gene on the + strand, 2: on the - strand, 0: neither,
//           kUnlabelled: do not ask
//
// Owned and borrowed form, as Tensor and TensorView. Threads: values.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

inline constexpr std::uint8_t kUnlabelled = 255;  // attention::train::kIgnored

struct LabelledBases {
  std::vector<std::uint8_t> bases, plus, minus, starts;

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
  std::span<const std::uint8_t> bases, plus, minus, starts;

  std::int64_t size() const { return static_cast<std::int64_t>(bases.size()); }
  LabelledBases copy(std::int64_t begin, std::int64_t end) const;
};

inline LabelledBases LabelledView::copy(std::int64_t begin, std::int64_t end) const {
  const auto part = [begin, end](std::span<const std::uint8_t> all) {
    return std::vector<std::uint8_t>(all.begin() + begin, all.begin() + end);
  };
  return {part(bases), part(plus), part(minus), part(starts)};
}

}  // namespace heddle::pipeline
