// What holds of every record whatever the scores and letters are: random, tiny, unknown, circular.
#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::pipeline {
namespace {

using io::Interval;

struct Trial {
  std::string bases;
  attention::Tensor scores;
  GeneOptions options;
  bool circular = false;
  std::int64_t cut = 1;
};

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : rng_(seed) {}
  int upto(int most) { return std::uniform_int_distribution<int>(0, most)(rng_); }
  float between(float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(rng_);
  }

 private:
  std::mt19937 rng_;
};

// Letters with few stops, so that long frames, open ones and whole circles happen, or with all.
std::string letters(int length, Dice& dice) {
  static const std::vector<std::string> kAlphabets = {"ACGT", "GCCGGCATG", "ACGTN", "N", "CTAG"};
  const std::string& alphabet = kAlphabets[static_cast<std::size_t>(dice.upto(4))];
  std::string made;
  while (static_cast<int>(made.size()) < length) {
    made += alphabet[static_cast<std::size_t>(dice.upto(static_cast<int>(alphabet.size()) - 1))];
  }
  for (int hole = dice.upto(2); hole > 0 && length > 40; --hole) {
    made.replace(static_cast<std::size_t>(dice.upto(length - 20)), 15, 15, 'N');
  }
  return made;
}

// Stretches that favour one frame or none, long and short, with noise on all.
attention::Tensor opinions(std::int64_t length, Dice& dice) {
  attention::Tensor scores(attention::DType::kF32, {8, length});
  float* data = scores.view().as<float>();
  std::int64_t ends = 0;
  int strand = 0, phase = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    if (i == ends) {
      ends += 1 + dice.upto(300);
      strand = dice.upto(2);
      phase = dice.upto(2);
    }
    const auto favoured =
        static_cast<std::int64_t>(strand == 0 ? 1 + (i + phase) % 3 : 5 + (2 * i + phase) % 3);
    for (std::int64_t channel = 0; channel < 8; ++channel) {
      const bool is_so = strand < 2 && channel == favoured;
      data[channel * length + i] = is_so ? dice.between(-1, 0) : dice.between(-6, 0);
    }
  }
  return scores;
}

Trial roll(std::uint32_t seed) {
  Dice dice(seed);
  static const std::vector<int> kLengths = {0, 1, 2, 3, 5, 10, 59, 60, 61, 89, 90, 91, 500, 3000};
  const auto pick = static_cast<std::size_t>(dice.upto(2 * static_cast<int>(kLengths.size()) - 1));
  const int length = pick < kLengths.size() ? kLengths[pick] : dice.upto(1500);
  Trial trial;
  trial.bases = letters(length, dice);
  trial.scores = opinions(length, dice);
  trial.circular = dice.upto(1) == 0;
  trial.cut = 1 + dice.upto(400);
  trial.options.genetic_code = dice.upto(1) == 0 ? 11 : 4;
  trial.options.error_model = static_cast<ErrorModel>(dice.upto(2));
  trial.options.partial = dice.upto(3) > 0;
  trial.options.min_length = dice.upto(1) == 0 ? 90 : dice.upto(120);
  trial.options.min_open_length = dice.upto(1) == 0 ? 60 : dice.upto(90);
  trial.options.min_tail = dice.upto(1) == 0 ? 12 : dice.upto(40);
  trial.options.wants_sequences = true;
  trial.options.prices.clean_limit = dice.upto(1) == 0 ? trial.options.prices.clean_limit : 8;
  return trial;
}

class Checker {
 public:
  Checker(const Trial& trial, const Interval& gene) : trial_(trial), gene_(gene) {}

  void check() const {
    places();
    spelling();
    ends();
  }

 private:
  std::int64_t length() const { return static_cast<std::int64_t>(trial_.bases.size()); }

  void places() const {
    EXPECT_TRUE(gene_.strand == '+' || gene_.strand == '-');
    ASSERT_FALSE(gene_.parts.empty());
    std::int64_t reached = gene_.parts.front().start;
    EXPECT_GE(reached, 0);
    EXPECT_LT(reached, length());
    for (std::size_t i = 0; i < gene_.parts.size(); ++i) {
      const Interval::Part& part = gene_.parts[i];
      EXPECT_LE(part.start - reached, i == 0 ? 0 : 1);
      EXPECT_GE(part.start, reached);
      EXPECT_GT(part.end, part.start);
      EXPECT_TRUE(part.phase >= 0 && part.phase <= 2);
      reached = part.end;
    }
    EXPECT_LE(reached, trial_.circular ? gene_.parts.front().start + length() : length());
    const bool open = gene_.partial_start || gene_.partial_end;
    EXPECT_GE(reached - gene_.parts.front().start,
              open ? trial_.options.min_open_length : trial_.options.min_length);
  }

  // The letters of the parts, a lost base as N, and the phases that follow from them.
  void spelling() const {
    std::string plus;
    for (std::size_t i = 0; i < gene_.parts.size(); ++i) {
      const Interval::Part& part = gene_.parts[i];
      if (i > 0 && gene_.parts[i - 1].end == part.start) plus += 'N';
      for (std::int64_t at = part.start; at < part.end; ++at) {
        plus += trial_.bases[static_cast<std::size_t>(at % length())];
      }
    }
    const std::string read = gene_.strand == '+' ? plus : reverse_complement(plus);
    ASSERT_EQ(gene_.nucleotides, read);
    std::vector<Interval::Part> parts = gene_.parts;
    if (gene_.strand == '-') std::reverse(parts.begin(), parts.end());
    std::int64_t coding = -parts.front().phase;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool touches =
          i > 0 && (parts[i - 1].end == parts[i].start || parts[i].end == parts[i - 1].start);
      if (touches) ++coding;
      EXPECT_EQ(parts[i].phase, (3 - (coding % 3 + 3) % 3) % 3) << "part " << i;
      coding += parts[i].end - parts[i].start;
    }
    EXPECT_EQ(static_cast<std::int64_t>(gene_.protein.size()), coding / 3);
  }

  void ends() const {
    const GeneticCode code(trial_.options.genetic_code);
    if (!gene_.partial_start) {
      EXPECT_EQ(gene_.protein.front(), 'M');
      EXPECT_EQ((gene_.strand == '+' ? gene_.parts.front() : gene_.parts.back()).phase, 0);
      EXPECT_NE(code.amino_acid(gene_.nucleotides), '*');
    }
    EXPECT_EQ(gene_.protein.back() == '*', !gene_.partial_end);
    EXPECT_EQ(gene_.protein.find('*'),
              gene_.partial_end ? std::string::npos : gene_.protein.size() - 1);
    if (!gene_.partial_end) {
      EXPECT_EQ((gene_.nucleotides.size() - static_cast<std::size_t>(first().phase)) % 3, 0U);
    }
    tail(gene_.strand == '+' ? gene_.parts.back() : gene_.parts.front());
    EXPECT_TRUE(trial_.options.partial || !(gene_.partial_start || gene_.partial_end));
    at_an_edge(gene_.strand == '+' ? gene_.partial_start : gene_.partial_end,
               gene_.strand == '+' ? gene_.partial_end : gene_.partial_start);
  }

  // However a gene ends, no frameshift stands close before.
  void tail(const Interval::Part& last) const {
    if (gene_.parts.size() == 1) return;
    EXPECT_GE(last.end - last.start, trial_.options.min_tail);
  }

  const Interval::Part& first() const {
    return gene_.strand == '+' ? gene_.parts.front() : gene_.parts.back();
  }

  // Only the sequence's ends and runs of N leave a gene open.
  void at_an_edge(bool left, bool right) const {
    const std::int64_t begin = gene_.parts.front().start, end = gene_.parts.back().end;
    EXPECT_TRUE(!left || begin == 0 || is_gap(begin - kGapLength));
    EXPECT_TRUE(!right || end == length() || is_gap(end));
  }

  bool is_gap(std::int64_t at) const {
    std::string found;
    for (std::int64_t i = at; i < at + kGapLength; ++i) {
      const bool inside = trial_.circular || (i >= 0 && i < length());
      found += inside ? trial_.bases[static_cast<std::size_t>((i + length()) % length())] : '-';
    }
    return found == std::string(kGapLength, 'N');
  }

  const Trial& trial_;
  const Interval& gene_;
};

TEST(GeneProperties, EveryRecordIsWholeAndInOrderHoweverItWasCut) {
  std::size_t found = 0, shifted = 0, around = 0, open = 0;
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    const Trial trial = roll(seed);
    SCOPED_TRACE(seed);
    GeneDecoder decoder(trial.options);
    const auto genes = decode(decoder, trial.bases, trial.scores.view(), trial.cut, trial.circular);
    EXPECT_EQ(texts(decode(decoder, trial.bases, trial.scores.view(), 1 << 20, trial.circular)),
              texts(genes))
        << "cut by " << trial.cut;
    std::int64_t before = 0;
    for (const Interval& gene : genes) {
      Checker(trial, gene).check();
      EXPECT_GE(gene.parts.front().start, before);
      before = gene.parts.front().start;
      if (gene.parts.size() > 1) ++shifted;
      if (gene.parts.back().end > static_cast<std::int64_t>(trial.bases.size())) ++around;
      if (gene.partial_start || gene.partial_end) ++open;
    }
    found += genes.size();
    if (HasFailure()) break;
  }
  // The trials are not idle: each kind of gene is among them.
  EXPECT_GT(found, 600U);
  EXPECT_GT(shifted, 50U);
  EXPECT_GT(around, 10U);
  EXPECT_GT(open, 50U);
}

}  // namespace
}  // namespace heddle::pipeline
