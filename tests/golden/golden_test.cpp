// Whole runs on stored inputs against stored outputs: the same bytes with one thread and with two,
// and the stored ones but for the last digits of measurements. Where a change of results is meant,
// rebase.sh writes them anew; the commit shows what changed.

#include "app/version.h"
#include "tests/golden/same_but_measured.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace heddle {
namespace {

namespace fs = std::filesystem;

struct Golden {
  const char* name;   // of the folder in stored/
  const char* input;  // in tests/data
  const char* words;
};

void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

class GoldenRun : public testing::TestWithParam<Golden> {};

/// File name -> text, the program's version left out.
std::map<std::string, std::string> outputs_of(const fs::path& folder) {
  std::map<std::string, std::string> outputs;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    std::string text = read_file(entry.path());
    for (const std::string before : {"heddle ", "VN:"}) {
      const std::string versioned = before + app::kVersion;
      for (std::size_t at = 0; (at = text.find(versioned, at)) != std::string::npos;)
        text.replace(at, versioned.size(), before + "VERSION");
    }
    outputs[entry.path().filename()] = text;
  }
  return outputs;
}

void store(const std::map<std::string, std::string>& outputs, const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [name, text] : outputs) std::ofstream(folder / name, std::ios::binary) << text;
}

TEST_P(GoldenRun, GivesTheStoredOutputsForAnyNumberOfThreads) {
  const Golden& golden = GetParam();
  const fs::path folder = fresh_folder(std::string("golden_") + golden.name);
  fs::copy(fs::path(HEDDLE_TEST_DATA) / golden.input, folder);
  std::string words = golden.words;
  words.insert(words.find(' '), " " + fs::path(golden.input).filename().string());
  for (const std::string threads : {"1", "2"}) {
    const Outcome outcome =
        run("'" HEDDLE_BINARY "' " + words + " --quiet -t " + threads + " -o out" + threads + "/",
            folder);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  }
  const auto found = outputs_of(folder / "out1");
  EXPECT_EQ(outputs_of(folder / "out2"), found) << "two threads change an output";
  const fs::path stored = fs::path(HEDDLE_ROOT) / "tests/golden/stored" / golden.name;
  if (std::getenv("HEDDLE_REBASE_GOLDEN") != nullptr) store(found, stored);
  const auto expected = outputs_of(stored);
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, text] : found) {
    ASSERT_TRUE(expected.contains(name)) << name;
    EXPECT_EQ(difference(text, expected.at(name)), "") << name;
  }
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Runs,
    GoldenRun,
    testing::Values(
        Golden{"contig", "house/genome.fa", "genome -O gff3,bed,faa,ffn,jsonl"},
        Golden{"frameshift", "golden/broken.fa", "genome --error-model on -O gff3,bed,faa,jsonl"},
        Golden{"circle", "golden/circle.fa", "genome -O gff3,bed,ffn,jsonl"},
        Golden{"operon", "golden/operon.fa", "genome -m genes-rna -O gff3,tsv,faa,ffn,jsonl"},
        Golden{"reads", "house/reads.bam", "genome -O gff3,sam,jsonl"},
        Golden{"motion", "house/match.mp4", "video -O mot,jsonl,csv,coco"},
        Golden{
            "follow", "house/match.mp4", "video --init 83,60,36,48@15 --frames 24 -O mot,jsonl"}),
    [](const auto& given) { return std::string(given.param.name); });

}  // namespace
}  // namespace heddle
