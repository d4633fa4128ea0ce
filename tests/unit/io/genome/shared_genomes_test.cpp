// Real genomes and the corpora of hts-specs and biopython, where they are at hand. They are not
// part of the repository: HEDDLE_SHARED names their folder, ../shared is the default.

#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

namespace heddle::io {
namespace {

namespace fs = std::filesystem;

fs::path shared_data() {
  const char* named = std::getenv("HEDDLE_SHARED");
  return (named != nullptr ? fs::path(named) : fs::path(HEDDLE_ROOT) / ".." / "shared") / "data";
}

std::vector<fs::path> files_under(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Count {
  std::int64_t reads = 0, bases = 0;
  bool operator==(const Count&) const = default;
};

Count count(const fs::path& path, const SourceOptions& options = {}) {
  const auto source = open_source(path.string(), options);
  Count total;
  while (auto sample = source->next()) {
    const auto& piece = std::get<Sequence>(*sample);
    total.reads += piece.first ? 1 : 0;
    total.bases += static_cast<std::int64_t>(piece.bases.size());
  }
  return total;
}

TEST(SharedGenomes, EveryFastaHasTheNamesAndLengthsOfItsIndex) {
  int seen = 0;
  for (const fs::path& path : files_under(shared_data() / "genome")) {
    if (path.extension() != ".fai") continue;
    fs::path fasta = path;
    fasta.replace_extension();
    std::ostringstream found, expected;
    const auto source = open_source(fasta.string());
    while (auto sample = source->next()) {
      const auto& piece = std::get<Sequence>(*sample);
      if (piece.last) found << piece.name << "\t" << *piece.length << "\n";
    }
    std::ifstream index(path);
    std::string name, length, rest;
    while (index >> name >> length && std::getline(index, rest)) {
      expected << name << "\t" << length << "\n";
    }
    EXPECT_EQ(found.str(), expected.str()) << fasta;
    ++seen;
  }
  if (seen == 0) GTEST_SKIP() << "no shared genomes; HEDDLE_SHARED names them";
}

struct Reads {
  std::string file, reference;
  // Numbers noted once, not counted by a second program here: with samtools 1.16, reads and bases
  // of `samtools import` for FASTQ, of `samtools view -F 0x900` (no secondary, no supplementary
  // records) for alignments.
  Count expected;
};

TEST(SharedGenomes, EveryFileOfReadsHasTheCountsNotedForIt) {
  const fs::path folder = shared_data() / "genome" / "reads";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared reads; HEDDLE_SHARED names them";
  const std::string human = "illumina_human/";
  const Reads all[] = {
      {"lambda_simulated/longreads.fq.gz", "", {6000, 2056551}},
      {"lambda_simulated/reads_1.fq.gz", "", {10000, 1088399}},
      {"lambda_simulated/reads_2.fq.gz", "", {10000, 1089986}},
      {"ont_lambda/sample_reads.fastq.gz", "", {236, 1674628}},
      {"ont_lambda/sample_overlaps.sam.gz", "", {236, 1674628}},
      {"pacbio_clr_ecoli/pacbio_clr_500reads.fastq.gz", "", {500, 4187320}},
      {human + "CEUTrio.HiSeq.WGS.b37.NA12878.20.first.8000.bam", "", {7807, 788507}},
      {human + "CEUTrio.NA12878.first8000.derived.cram",
       human + "human_g1k_v37.20.subset.fasta",
       {7807, 788507}},
      {human + "NA12878.20.21.unmapped.orig.bam", "", {12720, 1284720}},
      {human + "referenceEmbedded.NA12878.20.21.1-100.100-SeqsPerSlice.500-unMapped.cram",
       "",
       {853, 86153}},
  };
  for (const Reads& reads : all) {
    for (const int threads : {1, 2}) {
      const std::string reference =
          reads.reference.empty() ? "" : (folder / reads.reference).string();
      EXPECT_EQ(count(folder / reads.file, {.threads = threads, .reference = reference}),
                reads.expected)
          << reads.file;
    }
  }
}

class Corpus {
 public:
  explicit Corpus(const std::string& name) {
    const fs::path archive = shared_data() / "genome_edgecases" / (name + ".tar.xz");
    if (!fs::exists(archive)) return;
    const std::string command =
        "tar -xf '" + archive.string() + "' -C '" + (folder_ / "") + "' 2>/dev/null";
    found_ = std::system(command.c_str()) == 0;
  }
  bool found() const { return found_; }
  fs::path path() const { return folder_ / ""; }

 private:
  ScratchFolder folder_;
  bool found_ = false;
};

TEST(SharedCorpora, EveryBrokenFastqOfBiopythonIsAnError) {
  const Corpus corpus("biopython");
  if (!corpus.found()) GTEST_SKIP() << "no biopython corpus; HEDDLE_SHARED names it";
  int broken = 0, sound = 0;
  for (const fs::path& path : files_under(corpus.path())) {
    const std::string name = path.filename().string();
    if (name.find(".fastq") == std::string::npos) continue;
    const bool bad = name.starts_with("error_");
    EXPECT_EQ(input_error(path.string()).empty(), !bad) << name;
    ++(bad ? broken : sound);
  }
  EXPECT_EQ(broken, 22);
  EXPECT_GT(sound, 30);
}

TEST(SharedCorpora, EveryFileOfHtsSpecsThatMustPassPasses) {
  const Corpus corpus("hts-specs");
  if (!corpus.found()) GTEST_SKIP() << "no hts-specs corpus; HEDDLE_SHARED names it";
  SourceOptions options;
  int passed = 0, failed = 0;
  for (const fs::path& path : files_under(corpus.path())) {
    if (path.filename() == "ce.fa") options.reference = path.string();
  }
  for (const fs::path& path : files_under(corpus.path())) {
    const std::string kind = path.extension().string();
    if (kind != ".sam" && kind != ".bam" && kind != ".cram") continue;
    const std::string error = input_error(path.string(), options);
    if (fs::file_size(path) == 0) {
      EXPECT_EQ(error, path.string() + " is empty");
    } else if (path.parent_path().filename() == "passed") {
      EXPECT_EQ(error, "") << path;
      ++passed;
    } else {
      ++failed;  // htslib is lenient: to come back at all is the test
    }
  }
  EXPECT_GT(passed, 100);
  EXPECT_GT(failed, 50);
}

}  // namespace
}  // namespace heddle::io
