#pragma once
// What it is worth to begin a gene at a codon: codon, ribosome binding site, length. All of it is
// decided by the position alone, which is what keeps the decoder exact.

#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>
#include <optional>

namespace heddle::pipeline {

class GeneStarts {
 public:
  /// Borrows both.
  GeneStarts(const GeneWindow& window, const GeneOptions& options);

  /// Bases right of a position that its answers may depend on.
  std::int64_t lookahead() const { return reach_ + 32; }
  /// Of a + strand gene whose first codon is [at, at + 3); nothing where no gene may begin.
  std::optional<std::int64_t> plus(std::int64_t at) const;
  /// Of a - strand gene whose first codon, read leftwards, is [at - 3, at); `stop` is the nearest
  /// stop of its frame to the left, or `edge` when that is nearer.
  std::optional<std::int64_t> minus(std::int64_t at, std::int64_t stop, std::int64_t edge) const;
  /// Bases from `at` to the end of the first + stop codon of the frame, or to the window's end.
  struct Reading {
    std::int64_t length = 0;  // at most lookahead()
    bool stops = false;       // or is longer than anything that is asked
  };
  Reading read_on(std::int64_t at, int frame) const;

 private:
  bool too_short(const Reading& reading) const;
  std::int64_t worth(StartCodon codon, const Reading& reading, int site) const;

  const GeneWindow& window_;
  const GeneOptions& options_;
  std::int64_t reach_;
  std::int64_t codon_price_[5];
  std::int64_t site_unit_;
  std::int64_t short_gene_;
};

}  // namespace heddle::pipeline
