#include "pipeline/simulation/sequencing_errors.h"

#include "io/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

/// x = 1; x = (x * 1103515245 + 12345) mod 2**31 a base, which is "ACGT"[x >> 16 & 3].
std::string made_bases(int count) {
  std::string bases;
  for (std::uint32_t i = 0, x = 1; i < static_cast<std::uint32_t>(count); ++i) {
    x = (x * 1103515245 + 12345) & 0x7fffffff;
    bases += "ACGT"[x >> 16 & 3];
  }
  return bases;
}

/// Genes of 300 + 3 k bases at 100 + 1000 k, of either strand in turn.
TrueSequence made_genome(int count) {
  std::vector<CodingRow> rows;
  for (int k = 0; 1000 * (k + 1) < count; ++k) {
    rows.push_back({100 + 1000 * k, 400 + 1003 * k, k % 2 == 0 ? '+' : '-'});
  }
  return {made_bases(count), frame_labels("made", count, rows)};
}

std::uint32_t sum_of(const void* bytes, std::size_t size) {
  return static_cast<std::uint32_t>(
      ::crc32(0, static_cast<const Bytef*>(bytes), static_cast<uInt>(size)));
}

io::Gff3Row cds(std::int64_t start, std::int64_t end, const std::string& attributes = "ID=g") {
  return {"c", "CDS", start, end, '+', attributes};
}

// Check sums (zlib.crc32) of what the Python script gave that the published numbers were first made
// with: spoil(bases, labels, genes, rate, rng) of this genome with rng = random.Random(3), first at
// 0.01, then with the same rng at 0.2.
TEST(SequencingErrors, AreThoseThatNumbersWerePublishedWith) {
  const TrueSequence genome = made_genome(120'000);
  MersenneDraws draws(3);
  struct Stored {
    double rate;
    std::size_t size;
    std::uint32_t bases, frames, genes;
  };
  for (const Stored& stored : {Stored{0.01, 119'872, 2488970067, 225006122, 370114458},
                               Stored{0.2, 117'480, 2292418800, 3459524802, 3795543292}}) {
    const auto [bases, truth] = with_errors(genome, stored.rate, draws);
    EXPECT_EQ(bases.size(), stored.size);
    EXPECT_EQ(sum_of(bases.data(), bases.size()), stored.bases);
    EXPECT_EQ(sum_of(truth.frames.data(), truth.frames.size()), stored.frames);
    EXPECT_EQ(sum_of(truth.genes.data(), 4 * truth.genes.size()), stored.genes);
  }
}

TEST(SequencingErrors, AtARateOfZeroLeaveAllAsItWas) {
  for (const int count : {0, 5'000, 120'000}) {
    const TrueSequence genome = made_genome(count);
    MersenneDraws draws(1);
    const TrueSequence made = with_errors(genome, 0, draws);
    EXPECT_EQ(made.bases, genome.bases);
    EXPECT_EQ(made.truth.frames, genome.truth.frames);
    EXPECT_EQ(made.truth.genes, genome.truth.genes);
  }
}

// A genome in which a base, its label and its gene are one and the same thing is one in which any
// base that has lost its own label shows.
TEST(SequencingErrors, LeaveEveryBaseItsOwnLabel) {
  TrueSequence genome = made_genome(50'000);
  for (std::size_t i = 0; i < genome.bases.size(); ++i) {
    genome.truth.frames[i] = static_cast<char>('1' + i % 6);
    genome.truth.genes[i] = static_cast<std::int32_t>(i);
  }
  MersenneDraws draws(2);
  const TrueSequence made = with_errors(genome, 0.05, draws);
  std::size_t changed = 0, inserted = 0;
  std::int32_t last = -1;
  ASSERT_EQ(made.truth.frames.size(), made.bases.size());
  ASSERT_EQ(made.truth.genes.size(), made.bases.size());
  for (std::size_t i = 0; i < made.bases.size(); ++i) {
    const std::int32_t from = made.truth.genes[i];
    if (from < 0) {
      ++inserted;
      EXPECT_EQ(made.truth.frames[i], '0');
      EXPECT_EQ(made.bases[i], made.bases[i - 1]);
      continue;
    }
    EXPECT_GT(from, last);
    last = from;
    EXPECT_EQ(made.truth.frames[i], genome.truth.frames[static_cast<std::size_t>(from)]);
    changed += made.bases[i] != genome.bases[static_cast<std::size_t>(from)] ? 1 : 0;
  }
  const std::size_t lost = genome.bases.size() + inserted - made.bases.size();
  const auto errors = static_cast<double>(changed + inserted + lost);
  EXPECT_NEAR(errors, 2500, 5 * std::sqrt(2500 * 0.95));
  EXPECT_NEAR(static_cast<double>(changed) / errors, 0.40, 0.05);
  EXPECT_NEAR(static_cast<double>(lost) / errors, 0.35, 0.05);
  EXPECT_NEAR(static_cast<double>(inserted) / errors, 0.25, 0.05);
}

TEST(SequencingErrors, AreEightTimesLikelierInRuns) {
  std::string bases;
  while (bases.size() < 50'000)
    bases += "CGTACGTCAAAAAAAA";  // five of 16 are the fourth A or later
  TrueSequence genome{bases, frame_labels("runs", static_cast<std::int64_t>(bases.size()), {})};
  for (std::size_t i = 0; i < bases.size(); ++i) {
    genome.truth.genes[i] = static_cast<std::int32_t>(i);
  }
  MersenneDraws draws(1);
  const TrueSequence made = with_errors(genome, 0.02, draws);
  std::vector<int> doubled(16);
  for (std::size_t i = 1; i < made.bases.size(); ++i) {
    if (made.truth.genes[i] < 0) ++doubled[static_cast<std::size_t>(made.truth.genes[i - 1]) % 16];
  }
  int alone = 0, in_runs = 0;
  for (std::size_t i = 0; i < 8; ++i) alone += doubled[i];
  for (std::size_t i = 11; i < 16; ++i) in_runs += doubled[i];
  EXPECT_GT(in_runs / 5.0, 4 * alone / 8.0);
}

TEST(SequencingErrors, MoreOfThemThanBasesAreRefused) {
  const TrueSequence genome = made_genome(100'000);
  bool refused = false;
  for (std::uint64_t seed = 0; seed < 8 && !refused; ++seed) {
    MersenneDraws draws(seed);
    try {
      EXPECT_LT(with_errors(genome, 0.99999999, draws).bases.size(), 100'000u);
    } catch (const io::RequestError& error) {
      refused = true;
      EXPECT_THAT(error.what(),
                  testing::HasSubstr("errors were drawn among the 100000 bases of 'made'"));
    }
  }
  EXPECT_TRUE(refused);
}

TEST(SequencingErrors, ReadsAreLabelledAsTheirPlacesAre) {
  const TrueSequence genome = made_genome(60'000);
  MersenneDraws draws(4);
  int turned = 0;
  for (int i = 0; i < 60; ++i) {
    const TrueSequence read = draw_read(genome, i, 3000, draws);
    EXPECT_EQ(read.truth.name, "read" + std::to_string(i));
    ASSERT_GE(read.bases.size(), 600u);
    ASSERT_LE(read.bases.size(), 20'000u);
    TrueSequence forward = read;
    if (genome.bases.find(read.bases) == std::string::npos) {
      ++turned;
      std::ranges::reverse(forward.bases);
      std::ranges::reverse(forward.truth.frames);
      std::ranges::reverse(forward.truth.genes);
      for (char& base : forward.bases) base = "TGCA"[std::string("ACGT").find(base)];
      for (char& frame : forward.truth.frames) frame = "0456123"[frame - '0'];
    }
    const std::size_t at = genome.bases.find(forward.bases);
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(forward.truth.frames, genome.truth.frames.substr(at, forward.bases.size()));
    EXPECT_TRUE(std::ranges::equal(
        forward.truth.genes, std::span(genome.truth.genes).subspan(at, forward.bases.size())));
  }
  EXPECT_GT(turned, 15);
  EXPECT_LT(turned, 45);
}

TEST(SequencingErrors, AReadIsNoLongerThanItsSequence) {
  const TrueSequence genome = made_genome(70);
  MersenneDraws draws(4);
  EXPECT_EQ(draw_read(genome, 0, 5000, draws).bases.size(), 70u);
}

TEST(FrameLabels, AreTheAnnotationsCodonsOnEitherStrand) {
  const std::vector<CodingRow> rows = {{1, 7, '+'}, {5, 11, '-'}, {9, 15, '+'}};
  const io::FrameLabels labels = frame_labels("c", 12, rows);
  EXPECT_EQ(labels.frames, "012316546540") << "the last speaks; a row that ends behind is left out";
  EXPECT_THAT(labels.genes, testing::ElementsAre(-1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, -1));
}

TEST(FrameLabels, LeaveOutWhatIsMarkedOrNoWholeCodonsLong) {
  io::Gff3File file;
  file.rows = {cds(0, 30),
               cds(0, 31),
               cds(0, 60, "ID=a;pseudo=true"),
               cds(0, 63, "ID=b;part=1"),
               cds(0, 66, "ID=c;product=pseudouridine synthase"),
               {"c", "tRNA", 0, 90, '+', "ID=t"}};
  const auto rows = coding_rows(file);
  ASSERT_EQ(rows.at("c").size(), 2u);
  EXPECT_EQ(rows.at("c")[0].end, 30);
  EXPECT_EQ(rows.at("c")[1].end, 66);
}

}  // namespace
}  // namespace heddle::pipeline
