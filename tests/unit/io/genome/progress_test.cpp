// A bar that stands at 100 % from the start says nothing: a source's position is where the samples
// lay that it gave, not how far it read ahead.

#include "io/gzip_input.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

std::string fastq(int reads) {
  std::string text;
  for (int i = 0; i < reads; ++i) {
    text += "@r" + std::to_string(i) + "\n" + std::string(60, "ACGT"[i % 4]) + "\n+\n" +
            std::string(60, 'I') + "\n";
  }
  return text;
}

std::string sam(int reads) {
  std::string text = "@HD\tVN:1.6\n";
  for (int i = 0; i < reads; ++i) {
    text += "r" + std::to_string(i) + "\t4\t*\t0\t0\t*\t*\t0\t0\t" +
            std::string(60, "ACGT"[i % 4]) + "\t" + std::string(60, 'I') + "\n";
  }
  return text;
}

/// The share of the file that the source says it has read, after half of `samples`, and at the end.
std::pair<double, double> half_and_end(const std::string& path, int samples, int threads) {
  const auto source = open_source(path, {.threads = threads});
  for (int i = 0; i < samples / 2; ++i) source->next();
  const auto total = static_cast<double>(source->info().total);
  const double half = static_cast<double>(source->position()) / total;
  drain(*source);
  return {half, static_cast<double>(source->position()) / total};
}

void expect_honest(const std::string& path, int samples) {
  const auto [half, end] = half_and_end(path, samples, 1);
  EXPECT_NEAR(half, 0.5, 0.1) << path;
  EXPECT_NEAR(end, 1.0, 0.02) << path;
}

TEST(Progress, OfASmallTextIsWhereTheReadsLay) {
  const ScratchFolder folder;
  expect_honest(folder.write("r.fq", fastq(300)), 300);
  expect_honest(folder.write("r.fq.gz", gzip_member(fastq(300))), 300);
  expect_honest(folder.write("r.bgz", bgzf(fastq(300), 9000)), 300);
  expect_honest(folder.write("r.sam", sam(300)), 300);
}

TEST(Progress, OfASmallBamIsWhereTheRecordsLayForAnyNumberOfThreads) {
  const ScratchFolder folder;
  const std::string stored = read_file(std::string(HEDDLE_TEST_DATA) + "/genome/sorted.bam");
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(stored.data());
  const std::string bam =
      folder.write("small_blocks.bam", bgzf(content_head({bytes, stored.size()}), 200));
  const int reads = static_cast<int>(read_all(bam).size());
  for (const int threads : {1, 2}) {
    const auto [half, end] = half_and_end(bam, reads, threads);
    EXPECT_NEAR(half, 0.5, 0.25) << threads;
    EXPECT_NEAR(end, 1.0, 0.05) << threads;
  }
}

}  // namespace
}  // namespace heddle::io
