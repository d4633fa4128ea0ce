#pragma once
// The stretch of sequence the decoder can still see: bases, codon meanings and fixed-point evidence
// by absolute position. Owned by one decoder, not shared between threads.

#include "attention/tensor/tensor.h"
#include "io/snapshot.h"
#include "pipeline/heads/genes/genetic_code.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// Fixed point: 256 units a nat, so that sums are exact and alike on every machine.
std::int64_t to_fixed(double nats);
double to_nats(std::int64_t fixed);

inline constexpr int kGapLength = 10;  // this many N in a row separate what is left and right

class GeneWindow {
 public:
  /// Coding log-odds of one base by codon phase, clipped.
  struct Evidence {
    std::array<std::int16_t, 3> plus{};
    std::array<std::int16_t, 3> minus{};
  };

  GeneWindow(const GeneticCode& code, double evidence_limit);

  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return begin_ + static_cast<std::int64_t>(codes_.size()); }
  void clear();

  /// Appends bases with their log-probabilities, (8, bases) f32. Throws std::invalid_argument on
  /// another shape and std::runtime_error on a score that is not a number.
  void push(std::string_view bases, const attention::TensorView& scores);
  /// Appends one base already in fixed point.
  void push(std::uint8_t base, const Evidence& evidence);
  /// Forgets what is left of `position`; amortised constant time a base.
  void trim(std::int64_t position);

  std::uint8_t base(std::int64_t at) const { return codes_[index(at)]; }
  const Evidence& evidence(std::int64_t at) const { return evidence_[index(at)]; }
  /// Of the codon [at, at + 3); a codon that leaves the window means nothing.
  const CodonMeaning& codon(std::int64_t at) const;
  /// Whether kGapLength unknown bases begin at `at`.
  bool gap_begins(std::int64_t at) const;
  std::string letters(std::int64_t from, std::int64_t to) const;
  void snapshot(io::Snapshot& s) { s(begin_, codes_, evidence_); }

 private:
  std::size_t index(std::int64_t at) const { return static_cast<std::size_t>(at - begin_); }

  const GeneticCode& code_;
  std::int64_t limit_;
  std::int64_t begin_ = 0;
  std::vector<std::uint8_t> codes_;
  std::vector<Evidence> evidence_;
};

}  // namespace heddle::pipeline
