#include "pipeline/heads/genes/gene_window.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr double kUnitsPerNat = 256;
constexpr float kFloor = -1e4F;  // minus infinity and anything near it

void require_shape(std::string_view bases, const attention::TensorView& scores) {
  const auto n = static_cast<std::int64_t>(bases.size());
  if (scores.rank != 2 || scores.shape[0] != 8 || scores.shape[1] != n) {
    throw std::invalid_argument("gene scores: expected f32 (8, " + std::to_string(n) + "), got " +
                                attention::describe(scores));
  }
}

}  // namespace

std::int64_t to_fixed(double nats) { return std::llround(nats * kUnitsPerNat); }
double to_nats(std::int64_t fixed) { return static_cast<double>(fixed) / kUnitsPerNat; }

GeneWindow::GeneWindow(const GeneticCode& code, double evidence_limit)
    : code_(code), limit_(to_fixed(std::clamp(evidence_limit, 0.0, 100.0))) {}

void GeneWindow::clear() {
  begin_ = 0;
  codes_.clear();
  evidence_.clear();
}

void GeneWindow::push(std::string_view bases, const attention::TensorView& scores) {
  require_shape(bases, scores);
  const float* data = scores.as<float>();
  const auto units = [&](std::int64_t channel, std::int64_t i) {
    const float score = data[channel * scores.stride[0] + i * scores.stride[1]];
    if (std::isnan(score)) {
      throw std::runtime_error("the model's score of base " + std::to_string(end() + i + 1) +
                               " is not a number; check the model's weights");
    }
    return to_fixed(std::clamp(score, kFloor, -kFloor));
  };
  std::vector<Evidence> pushed(bases.size());  // nothing is kept when one of them is refused
  for (std::size_t i = 0; i < bases.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t no_plus = units(0, at), no_minus = units(4, at);
    for (std::size_t phase = 0; phase < 3; ++phase) {
      const auto p = static_cast<std::int64_t>(phase);
      const std::int64_t plus = units(1 + p, at) - no_plus, minus = units(5 + p, at) - no_minus;
      pushed[i].plus[phase] = static_cast<std::int16_t>(std::clamp(plus, -limit_, limit_));
      pushed[i].minus[phase] = static_cast<std::int16_t>(std::clamp(minus, -limit_, limit_));
    }
  }
  for (std::size_t i = 0; i < bases.size(); ++i) push(base_code(bases[i]), pushed[i]);
}

void GeneWindow::push(std::uint8_t base, const Evidence& evidence) {
  codes_.push_back(base);
  evidence_.push_back(evidence);
}

void GeneWindow::trim(std::int64_t position) {
  const std::size_t gone = position <= begin_ ? 0 : std::min(index(position), codes_.size());
  if (gone < codes_.size() / 2 + 1) return;  // moving less than it frees would be quadratic
  const auto n = static_cast<std::ptrdiff_t>(gone);
  codes_.erase(codes_.begin(), codes_.begin() + n);
  evidence_.erase(evidence_.begin(), evidence_.begin() + n);
  begin_ += n;
}

const CodonMeaning& GeneWindow::codon(std::int64_t at) const {
  static constexpr CodonMeaning kNothing{};
  if (at < begin_ || at + 3 > end()) return kNothing;
  return code_.meaning(base(at), base(at + 1), base(at + 2));
}

bool GeneWindow::gap_begins(std::int64_t at) const {
  if (at + kGapLength > end()) return false;
  for (std::int64_t i = at; i < at + kGapLength; ++i) {
    if (base(i) != kUnknownBase) return false;
  }
  return true;
}

std::string GeneWindow::letters(std::int64_t from, std::int64_t to) const {
  std::string text;
  text.reserve(static_cast<std::size_t>(to - from));
  for (std::int64_t i = from; i < to; ++i) text.push_back("ACGTN"[base(i)]);
  return text;
}

}  // namespace heddle::pipeline
