// The vectorised scan against its slow twin, on every instruction set this machine has.

#include "pipeline/motifs/motif_scan.h"

#include "pipeline/encoders/bases.h"
#include "tests/unit/pipeline/motifs/made_motifs.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace heddle::pipeline {
namespace {

std::vector<std::uint8_t> codes_of(const std::string& letters) {
  std::vector<std::uint8_t> codes(letters.size());
  encode_bases(letters, codes);
  return codes;
}

class Scan : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    if ((hwy::SupportedTargets() & GetParam()) == 0) {
      GTEST_SKIP() << "this machine has no " << hwy::TargetName(GetParam());
    }
    hwy::SetSupportedTargetsForTest(GetParam());
    hwy::GetChosenTarget().DeInit();
  }
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
};

TEST_P(Scan, FindsTheSitesOfItsSlowTwin) {
  std::mt19937 random(5);
  for (const double p : {1e-2, 1e-4}) {
    std::vector<ScoredMotif> motifs;
    for (const int width : {1, 3, 7, 8, 9, 16, 17, 40, 200}) {
      motifs.push_back(score_motif(made_matrix(width, random), {.p_value = p}));
    }
    motifs.push_back(score_motif(made_pattern("p", "GATNRC"), {.mismatches = 1}));
    const MotifScan scan(motifs);
    std::size_t found = 0;
    for (const std::size_t length : {0u, 1u, 5u, 63u, 64u, 65u, 300u, 9000u}) {
      const auto codes = codes_of(made_letters(std::max<std::size_t>(length, 1), 3, random));
      const std::span<const std::uint8_t> some(codes.data(), length);
      for (const std::size_t left_out : {0u, 30u}) {
        const auto count = static_cast<std::int64_t>(length - std::min(length, left_out));
        const auto sites = scan.sites(some, count);
        EXPECT_EQ(sites, scan.sites_plainly(some, count)) << length << " letters, p " << p;
        found += sites.size();
      }
    }
    EXPECT_GT(found, 100u);
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets,
                         Scan,
                         ::testing::Values(HWY_SCALAR, HWY_EMU128, HWY_SSE4, HWY_AVX2, HWY_AVX3),
                         [](const auto& test) { return std::string(hwy::TargetName(test.param)); });

TEST(MotifScan, ChoosesByTheScoresInDoublesUpToTheRounding) {
  std::mt19937 random(6);
  std::vector<ScoredMotif> motifs;
  for (const int width : {8, 12, 21}) {
    motifs.push_back(score_motif(made_matrix(width, random), {.p_value = 1e-2}));
  }
  const auto codes = codes_of(made_letters(20000, 0, random));
  const auto sites = MotifScan(motifs).sites(codes, 20000);
  for (std::size_t m = 0; m < motifs.size(); ++m) {
    const ScoredMotif& motif = motifs[m];
    const auto width = static_cast<std::size_t>(motif.width());
    double best = 0;
    for (const auto& column : motif.bits) best += *std::max_element(column.begin(), column.end());
    const double cut = best - motif.cutoff * motif.step;
    const double rounding = static_cast<double>(width) * motif.step / 2 + 1e-9;
    std::set<std::int32_t> found;
    for (const MotifSite& site : sites) {
      if (site.motif == static_cast<std::int32_t>(m) && site.strand == 0) found.insert(site.at);
    }
    EXPECT_GT(found.size(), 10u);
    for (std::size_t at = 0; at + width <= codes.size(); ++at) {
      const double score = motif.score(std::span(codes).subspan(at, width));
      const bool there = found.count(static_cast<std::int32_t>(at)) > 0;
      EXPECT_TRUE(there || score <= cut + rounding) << at;
      EXPECT_TRUE(!there || score >= cut - rounding) << at;
    }
  }
}

TEST(MotifScan, TheOtherStrandHasTheSitesOfTheTurnedSequence) {
  std::mt19937 random(7);
  const std::vector<ScoredMotif> motifs = {score_motif(made_matrix(9, random), {.p_value = 1e-2})};
  const MotifScan scan(motifs);
  const auto codes = codes_of(made_letters(5000, 5, random));
  std::vector<std::uint8_t> turned(codes.size());
  reverse_complement(codes, turned);
  std::set<std::tuple<std::int32_t, std::int32_t, std::int32_t>> here, there;
  for (const MotifSite& s : scan.sites(codes, 5000)) here.insert({s.at, s.strand, s.loss});
  for (const MotifSite& s : scan.sites(turned, 5000)) {
    there.insert({5000 - 9 - s.at, 1 - s.strand, s.loss});
  }
  EXPECT_GT(here.size(), 20u);
  EXPECT_EQ(here, there);
}

TEST(MotifScan, PatternsMayMissAsManyLettersAsSaidAndNNeverFits) {
  const std::vector<ScoredMotif> motifs = {
      score_motif(made_pattern("p", "GAATNC"), {.mismatches = 1})};
  const MotifScan scan(motifs);
  const auto at = [&](const std::string& letters) {
    const auto codes = codes_of(letters);
    const auto sites = scan.sites(codes, 1);
    return sites.empty() ? -1 : sites[0].loss;
  };
  EXPECT_EQ(at("GAATTC"), 0);
  EXPECT_EQ(at("GACTTC"), 1);
  EXPECT_EQ(at("GACTTA"), -1);
  EXPECT_EQ(at("GAATNC"), -1) << "an unknown base is no letter of a site";
  EXPECT_EQ(at("GAATT"), -1);
}

}  // namespace
}  // namespace heddle::pipeline
