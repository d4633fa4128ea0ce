#include "pipeline/heads/genes/codon_usage.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kSure = 3 * 256;  // log-odds that the ends of two codons in a row must have
constexpr std::int64_t kPrior = 50;      // codons of no meaning that are taken as read at first

// The codon on the other strand.
int complement(int codon) {
  const int turned = (codon & 3) << 4 | (codon & 12) | codon >> 4;
  return 63 - turned;
}

// The binary logarithm in units of 2^-16, from below: of x > 0, bit by bit by squaring.
std::int64_t log2_fixed(std::uint64_t x) {
  const int whole = std::bit_width(x) - 1;
  std::uint64_t rest = whole >= 31 ? x >> (whole - 31) : x << (31 - whole);
  std::int64_t log = whole;
  for (int i = 0; i < 16; ++i) {
    rest = rest * rest >> 31;
    const bool above = rest >> 32 != 0;
    if (above) rest >>= 1;
    log = 2 * log + (above ? 1 : 0);
  }
  return log;
}

}  // namespace

CodonUsage::CodonUsage(const GeneWindow& window, double weight, std::int64_t most)
    : window_(window), weight_(to_fixed(std::clamp(weight, 0.0, 100.0))), most_(most) {}

void CodonUsage::clear() {
  learned_ = 0;
  coding_ = any_ = {};
  worth_ = {};
}

void CodonUsage::learn(std::int64_t to) {
  if (weight_ == 0 || learned_ + 4 > to) return;
  for (; learned_ + 4 <= to; ++learned_) count(learned_);
  weigh();
}

int CodonUsage::codon(std::int64_t at) const {
  if (at < window_.begin() || at + 3 > window_.end()) return -1;
  const int a = window_.base(at), b = window_.base(at + 1), c = window_.base(at + 2);
  return a == kUnknownBase || b == kUnknownBase || c == kUnknownBase ? -1 : a << 4 | b << 2 | c;
}

// A codon of a gene is one whose last base the model is sure of, and the last base of the codon
// before it.
void CodonUsage::count(std::int64_t at) {
  const int here = codon(at);
  if (here < 0) return;
  const auto plus = static_cast<std::size_t>(here);
  const auto minus = static_cast<std::size_t>(complement(here));
  ++any_[plus];
  ++any_[minus];
  const bool sure_plus = at > window_.begin() && window_.evidence(at - 1).plus[2] > kSure &&
                         window_.evidence(at + 2).plus[2] > kSure;
  const bool sure_minus =
      window_.evidence(at).minus[2] > kSure && window_.evidence(at + 3).minus[2] > kSure;
  if (sure_plus) ++coding_[plus];
  if (sure_minus) ++coding_[minus];
}

// Of a codon counted k times of n in genes and q times of m anywhere, with the prior's P spread as
// the latter are: log (k + P q / m) / (n + P) - log q / m, q and m being one more for each codon.
void CodonUsage::weigh() {
  if (std::accumulate(any_.begin(), any_.end(), std::int64_t{0}) > most_) {
    for (Counts* counts : {&coding_, &any_}) {
      for (std::int64_t& one : *counts) one /= 2;
    }
  }
  const std::int64_t n = std::accumulate(coding_.begin(), coding_.end(), std::int64_t{0});
  const std::int64_t m = std::accumulate(any_.begin(), any_.end(), std::int64_t{kCodons});
  constexpr std::int64_t kLn2 = 45426;  // in units of 2^-16
  for (std::size_t codon = 0; codon < kCodons; ++codon) {
    const std::int64_t q = any_[codon] + 1;
    const auto in_genes = static_cast<std::uint64_t>(coding_[codon] * m + kPrior * q);
    const auto anywhere = static_cast<std::uint64_t>((n + kPrior) * q);
    const std::int64_t log = log2_fixed(in_genes) - log2_fixed(anywhere);
    const auto other = static_cast<std::size_t>(complement(static_cast<int>(codon)));
    worth_[0][codon] = worth_[1][other] = log * kLn2 / 65536 * weight_ / 65536;
  }
}

}  // namespace heddle::pipeline
