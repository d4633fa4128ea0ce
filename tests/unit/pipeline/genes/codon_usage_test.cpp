// Codon usage against its slow twin, which counts words of letters and takes logarithms.

#include "pipeline/heads/genes/codon_usage.h"

#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace heddle::pipeline {
namespace {

constexpr double kWeight = 1.5;

SyntheticGenes some_genes() {
  SyntheticGenes made(30000);
  for (int at = 600; at + 1500 < 30000; at += 2000) {
    made.plant(at, 450, at / 2000 % 3 == 0 ? '-' : '+');
  }
  for (std::size_t i = 0; i < made.bases.size(); i += 397) made.bases[i] = "NACGT"[i % 5];
  return made;
}

class Sequence {
 public:
  explicit Sequence(const SyntheticGenes& made) : code_(11), window_(code_, 8) {
    window_.push(made.bases, made.scores().view());
  }
  const GeneWindow& window() const { return window_; }

 private:
  GeneticCode code_;
  GeneWindow window_;
};

// Nats by the letters of a codon, as it is read.
std::map<std::string, double> slow_twin(const SyntheticGenes& made, int end) {
  std::map<std::string, double> in_genes, anywhere, worth;
  const attention::Tensor scores = made.scores();
  const auto n = static_cast<std::int64_t>(made.bases.size());
  const auto sure = [&](int at, std::int64_t channel) {
    if (at < 0 || at >= n) return false;
    const float* data = scores.view().as<float>();
    return data[(channel + 3) * n + at] - data[channel * n + at] > 3;
  };
  double codons = 0, words = 64;
  for (int at = 0; at + 4 <= end; ++at) {
    const std::string plus = made.bases.substr(static_cast<std::size_t>(at), 3);
    if (plus.find('N') != std::string::npos) continue;
    const std::string minus = reverse_complement(plus);
    anywhere[plus] += 1;
    anywhere[minus] += 1;
    words += 2;
    if (sure(at - 1, 0) && sure(at + 2, 0)) in_genes[plus] += 1, codons += 1;
    if (sure(at, 4) && sure(at + 3, 4)) in_genes[minus] += 1, codons += 1;
  }
  for (int i = 0; i < 64; ++i) {
    const std::string codon = {"ACGT"[i / 16], "ACGT"[i / 4 % 4], "ACGT"[i % 4]};
    const double background = (anywhere[codon] + 1) / words;
    worth[codon] = std::log((in_genes[codon] + 50 * background) / (codons + 50) / background);
  }
  return worth;
}

TEST(CodonUsage, IsThatOfItsSlowTwin) {
  const SyntheticGenes made = some_genes();
  const Sequence sequence(made);
  for (const int end : {0, 3, 500, 4096, 30000}) {
    CodonUsage usage(sequence.window(), kWeight);
    usage.learn(end);
    auto twin = slow_twin(made, end);
    double most = 0;
    for (int at = 3; at <= 30000; ++at) {
      const std::string codon = made.bases.substr(static_cast<std::size_t>(at - 3), 3);
      const bool unknown = codon.find('N') != std::string::npos;
      const double plus = unknown ? 0 : kWeight * twin[codon];
      const double minus = unknown ? 0 : kWeight * twin[reverse_complement(codon)];
      ASSERT_NEAR(static_cast<double>(usage.plus(at)), 256 * plus, 1.1) << codon << " " << end;
      ASSERT_NEAR(static_cast<double>(usage.minus(at)), 256 * minus, 1.1) << codon << " " << end;
      most = std::max(most, plus);
    }
    EXPECT_EQ(most > 0.3, end > 4000) << end;
  }
}

TEST(CodonUsage, HowOftenItLearnsChangesNothing) {
  const SyntheticGenes made = some_genes();
  const Sequence sequence(made);
  CodonUsage once(sequence.window(), kWeight), often(sequence.window(), kWeight);
  once.learn(30000);
  for (int to = 0; to <= 30000; to += 1 + to % 7) often.learn(to);
  often.learn(30000);
  for (int at = 3; at <= 30000; ++at) ASSERT_EQ(once.plus(at), often.plus(at));
}

TEST(CodonUsage, LearnsNothingWithoutAWeightAndForgetsWithClear) {
  const Sequence sequence(some_genes());
  CodonUsage none(sequence.window(), 0), cleared(sequence.window(), kWeight);
  none.learn(30000);
  cleared.learn(30000);
  cleared.clear();
  for (int at = 0; at <= 30003; ++at) {
    ASSERT_EQ(none.plus(at), 0);
    ASSERT_EQ(cleared.minus(at), 0);
  }
}

TEST(CodonUsage, CountsAreHalvedBeforeTheyGrowTooLarge) {
  const SyntheticGenes made = some_genes();
  const Sequence sequence(made);
  CodonUsage bounded(sequence.window(), kWeight, 10000), unbounded(sequence.window(), kWeight);
  for (int to = 1000; to <= 30000; to += 1000) {
    bounded.learn(to);
    unbounded.learn(to);
  }
  const auto at = static_cast<std::int64_t>(made.bases.find("AAG")) + 3;  // one that genes have
  const double halved = to_nats(bounded.plus(at)), all = to_nats(unbounded.plus(at));
  EXPECT_NE(halved, all);
  EXPECT_NEAR(halved, all, 0.3);
}

}  // namespace
}  // namespace heddle::pipeline
