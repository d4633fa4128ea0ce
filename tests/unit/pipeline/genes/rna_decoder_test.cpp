#include "pipeline/heads/genes/rna_decoder.h"

#include "pipeline/heads/genes/gene_window.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;
using testing::ElementsAre;

constexpr int kTrnaPlus = 1, kTrnaMinus = 2, kTmrnaPlus = 3, k5SPlus = 5, k16SMinus = 8,
              k23SPlus = 9;

/// Scores (kRnaClasses, length): none everywhere, but where a class was planted.
class Planted {
 public:
  explicit Planted(std::int64_t length)
      : length_(length), scores_(DType::kF32, {kRnaClasses, length}) {
    for (int c = 0; c < kRnaClasses; ++c) put(c, 0, length, c == 0 ? -0.02F : -7);
  }
  Planted& gene(int rna_class, std::int64_t from, std::int64_t to) {
    put(0, from, to, -4);
    put(rna_class, from, to, -0.1F);
    return *this;
  }
  void put(int rna_class, std::int64_t from, std::int64_t to, float score) {
    auto* row = scores_.view().as<float>() + rna_class * length_;
    std::fill(row + from, row + to, score);
  }
  std::int64_t length() const { return length_; }
  float at(int rna_class, std::int64_t i) const {
    return scores_.view().as<float>()[rna_class * length_ + i];
  }
  attention::TensorView part(std::int64_t from, std::int64_t count) const {
    return scores_.view().slice(1, from, count);
  }

 private:
  std::int64_t length_;
  Tensor scores_;
};

std::string bases_of(std::int64_t from, std::int64_t count) {
  std::string bases;
  for (std::int64_t i = from; i < from + count; ++i) bases += "ACGT"[(i * i + i / 7) % 4];
  return bases;
}

std::vector<io::Interval> decoded(const Planted& planted,
                                  std::int64_t piece = 1 << 20,
                                  const RnaOptions& options = {}) {
  RnaDecoder decoder(options);
  decoder.begin("s");
  std::vector<io::Interval> genes;
  for (std::int64_t at = 0; at < planted.length(); at += piece) {
    const std::int64_t count = std::min(piece, planted.length() - at);
    const std::int64_t before = decoder.decided();
    const std::size_t told = genes.size();
    decoder.push(bases_of(at, count), planted.part(at, count), genes);
    for (std::size_t i = told; i < genes.size(); ++i) {
      EXPECT_GE(genes[i].parts[0].start, before) << "it said that nothing left of this would come";
    }
  }
  decoder.finish(genes);
  return genes;
}

std::string text(const io::Interval& gene) {
  return gene.type + gene.strand + std::to_string(gene.parts[0].start) + "-" +
         std::to_string(gene.parts[0].end) + (gene.partial_start ? " <" : "") +
         (gene.partial_end ? " >" : "");
}

std::vector<std::string> texts(const std::vector<io::Interval>& genes) {
  std::vector<std::string> all;
  for (const io::Interval& gene : genes) all.push_back(text(gene));
  return all;
}

Planted operon() {
  Planted planted(20000);
  planted.gene(kTrnaPlus, 300, 376)
      .gene(k16SMinus, 2000, 3541)
      .gene(kTrnaMinus, 3600, 3676)
      .gene(k23SPlus, 5000, 7904)
      .gene(k5SPlus, 8000, 8120)
      .gene(kTmrnaPlus, 15000, 15363);
  return planted;
}

TEST(RnaDecoder, WhatIsPlantedIsFoundInItsOrder) {
  const std::vector<io::Interval> genes = decoded(operon());
  EXPECT_THAT(texts(genes),
              ElementsAre("tRNA+300-376",
                          "rRNA-2000-3541",
                          "tRNA-3600-3676",
                          "rRNA+5000-7904",
                          "rRNA+8000-8120",
                          "tmRNA+15000-15363"));
  EXPECT_THAT(genes[1].attributes, ElementsAre(testing::Pair("product", "16S ribosomal RNA")));
  EXPECT_NEAR(genes[0].score, 76 * (3.9 - 0.5) - 60, 1);
}

TEST(RnaDecoder, PiecesChangeNothing) {
  const std::vector<std::string> whole = texts(decoded(operon()));
  for (const std::int64_t piece : {1, 7, 999, 4096, 6000}) {
    EXPECT_EQ(texts(decoded(operon(), piece)), whole) << piece;
  }
}

TEST(RnaDecoder, NeighboursWithoutABaseBetweenThemAreTwo) {
  Planted planted(1000);
  planted.gene(kTrnaPlus, 300, 376).gene(kTrnaPlus, 376, 450);
  const auto genes = decoded(planted);
  ASSERT_EQ(genes.size(), 2u) << "one of 150 bases is longer than any";
  EXPECT_EQ(genes[0].parts[0].start, 300);
  EXPECT_EQ(genes[1].parts[0].end, 450);
}

TEST(RnaDecoder, AHoleDoesNotCutAGeneAndNoiseMakesNone) {
  Planted planted(9000);
  planted.gene(k23SPlus, 1000, 3900);
  planted.put(0, 2000, 2060, -0.02F);  // where the model lost it
  planted.put(k23SPlus, 2000, 2060, -7);
  planted.gene(kTrnaPlus, 6000, 6030).gene(k16SMinus, 7000, 7300);  // too short
  EXPECT_THAT(texts(decoded(planted)), ElementsAre("rRNA+1000-3900"));
}

TEST(RnaDecoder, AtTheEdgesTheyMayBeShorter) {
  Planted planted(3000);
  planted.gene(kTrnaPlus, 0, 50).gene(k16SMinus, 2600, 3000);
  EXPECT_THAT(texts(decoded(planted)), ElementsAre("tRNA+0-50 <", "rRNA-2600-3000 <"));
}

TEST(RnaDecoder, OnlyWantedKindsAreTold) {
  RnaOptions options;
  options.wanted = {true, false, false, false, false};
  EXPECT_THAT(texts(decoded(operon(), 1 << 20, options)),
              ElementsAre("tRNA+300-376", "tRNA-3600-3676"));
}

TEST(RnaDecoder, NucleotidesAreThoseOfTheStrand) {
  RnaOptions options;
  options.wants_sequences = true;
  const auto genes = decoded(operon(), 500, options);
  EXPECT_EQ(genes[0].nucleotides, bases_of(300, 76));
  EXPECT_EQ(genes[1].nucleotides.size(), 1541u);
  EXPECT_EQ(genes[1].nucleotides, reverse_complement(bases_of(2000, 1541)));
}

TEST(RnaDecoder, GoesOnFromASnapshot) {
  const Planted planted = operon();
  for (const std::int64_t at : {350, 5100, 8192, 15100}) {
    std::vector<io::Interval> genes;
    RnaDecoder first({});
    first.begin("s");
    first.push(bases_of(0, at), planted.part(0, at), genes);
    io::Snapshot taken;
    taken(first);
    const std::string bytes = taken.take();
    RnaDecoder second({});
    io::Snapshot given(bytes);
    given(second);
    given.end();
    const std::int64_t rest = planted.length() - at;
    second.push(bases_of(at, rest), planted.part(at, rest), genes);
    second.finish(genes);
    EXPECT_EQ(texts(genes), texts(decoded(planted))) << at;
  }
}

TEST(RnaDecoder, IsForcedToDecideWhereTheEvidenceNeverDoes) {
  const auto forced = [](const Planted& planted) {
    RnaDecoder decoder({});
    decoder.begin("s");
    std::vector<io::Interval> genes;
    decoder.push(bases_of(0, planted.length()), planted.part(0, planted.length()), genes);
    return decoder.forced();
  };
  Planted endless(300000);  // genes of the longest back to back, whichever base they begin at
  EXPECT_GE(forced(endless.gene(kTrnaPlus, 0, 300000)), 1);
  EXPECT_EQ(forced(operon()), 0);
}

TEST(RnaDecoder, AScoreThatIsNoNumberIsRefusedAndNothingTaken) {
  Planted planted(200);
  planted.put(3, 150, 151, std::numeric_limits<float>::quiet_NaN());
  RnaDecoder decoder({});
  decoder.begin("s");
  std::vector<io::Interval> genes;
  EXPECT_THROW(decoder.push(bases_of(0, 200), planted.part(0, 200), genes), std::runtime_error);
  EXPECT_EQ(decoder.position(), 0);
  EXPECT_THROW(decoder.push("AC", planted.part(0, 3), genes), std::invalid_argument);
}

/// The same optimum by the definition: every kind, every length, at every base.
std::int64_t twin(const Planted& planted, const RnaOptions& options) {
  const std::int64_t n = planted.length();
  const std::int64_t limit = to_fixed(options.evidence_limit), doubt = to_fixed(options.doubt);
  std::vector<std::vector<std::int64_t>> sums(kRnaClasses, std::vector<std::int64_t>(n + 1));
  for (int c = 1; c < kRnaClasses; ++c) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t odds = to_fixed(planted.at(c, i)) - to_fixed(planted.at(0, i)) - doubt;
      sums[c][i + 1] = sums[c][i] + std::clamp(odds, -limit, limit);
    }
  }
  std::vector<std::int64_t> best(n + 1);
  for (std::int64_t i = 1; i <= n; ++i) {
    best[i] = best[i - 1];
    for (int c = 1; c < kRnaClasses; ++c) {
      const RnaKind& kind = rna_kinds()[static_cast<std::size_t>(kind_of_class(c))];
      for (std::int64_t j = std::max<std::int64_t>(0, i - kind.longest); j < i; ++j) {
        const bool at_edge = j == 0 || i == n;
        if (i - j < (at_edge ? kind.shortest_open : kind.shortest)) break;
        best[i] = std::max(best[i], best[j] + sums[c][i] - sums[c][j] - to_fixed(options.price));
      }
    }
  }
  return best[n];
}

TEST(RnaDecoder, IsTheOptimumOfItsSlowTwin) {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&random](int n) { return static_cast<int>(random() % n); };
    Planted planted(3000 + below(4000));
    for (int k = 0; k < 14; ++k) {  // stretches of any class and length, over one another
      const std::int64_t from = below(static_cast<int>(planted.length()));
      const std::int64_t to =
          std::min(planted.length(), from + 20 + below(k % 3 == 0 ? 2500 : 150));
      const int rna_class = 1 + below(kRnaClasses - 1);
      planted.put(rna_class, from, to, -0.3F - 0.1F * static_cast<float>(below(10)));
      planted.put(0, from, to, -1.5F - 0.1F * static_cast<float>(below(10)));
    }
    RnaOptions options;
    options.price = 5 + below(30);
    double sum = 0;
    std::int64_t end = 0;
    for (const io::Interval& gene : decoded(planted, 1000, options)) {
      EXPECT_GE(gene.parts[0].start, end) << "one lies over another";
      end = gene.parts[0].end;
      sum += gene.score;
    }
    EXPECT_EQ(to_fixed(sum), twin(planted, options)) << seed;
    EXPECT_GT(sum, 0) << seed;
  }
}

}  // namespace
}  // namespace heddle::pipeline
