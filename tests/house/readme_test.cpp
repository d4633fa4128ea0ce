// Every command the README shows runs, on small inputs under the names the README uses; those that
// would run for long get as far as their missing inputs.

#include "tests/house/source_tree.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <regex>
#include <sstream>

namespace heddle::house {
namespace {

namespace fs = std::filesystem;

/// The command in the last cell of a table's row; empty: it holds none.
std::string command_of_row(const std::string& row) {
  std::smatch cell;
  if (!std::regex_search(row, cell, std::regex(R"(\| `([^`]*heddle [^`]*)` \|$)"))) return "";
  return std::regex_replace(cell.str(1), std::regex(R"(\\\|)"), "|");
}

/// Lines of ```sh blocks, those behind a $ in ```console blocks, and cells of tables; comments and
/// empty lines left out.
std::vector<std::string> readme_commands() {
  std::istringstream readme(read_file(root() / "README.md"));
  std::vector<std::string> commands;
  std::string block;  // the line that began the one we are in; empty: none
  for (std::string line; std::getline(readme, line);) {
    std::string command;
    if (line.starts_with("```")) {
      block = block.empty() ? line : "";
    } else if (block.empty()) {
      command = command_of_row(line);
    } else if (block == "```sh") {
      command = line;
    } else if (block == "```console" && line.starts_with("$ ")) {
      command = line.substr(2);
    }
    if (command.empty() || command.starts_with('#')) continue;
    commands.push_back(command.substr(0, command.find("  #")));
  }
  return commands;
}

/// Too long for a test: what they say where their input is missing, so that their options were
/// understood. THE LIST.
struct LongCommand {
  std::string_view begin;
  std::string_view missing;
};
constexpr LongCommand kLong[] = {
    {"heddle train --from ", "error: mine.gff3: cannot be opened"},
    {"heddle train --pack ", "error: a.gff3: cannot be opened"},
    {"heddle train configs/train/genes.toml ", "error: packed: holds no shard-0000"},
    {"heddle serve ", "error: --allow /no-data: is no folder"},
};

const LongCommand* long_command(const std::string& command) {
  const auto found = std::ranges::find_if(
      kLong, [&command](const LongCommand& one) { return command.starts_with(one.begin); });
  return found == std::end(kLong) ? nullptr : found;
}

/// For a shell: this build's program, and no file of the user's.
std::string with_our_heddle(const fs::path& folder, const std::string& command) {
  return "export PATH='" + fs::path(HEDDLE_BINARY).parent_path().string() + "':\"$PATH\" HOME='" +
         folder.string() + "'; " + command;
}

/// A folder with the inputs the README's commands name.
fs::path readme_folder(const std::string& name) {
  const fs::path folder = fresh_folder(name);
  const fs::path data = HEDDLE_TEST_DATA;
  fs::copy(data / "house" / "genome.fa", folder / "genome.fa");
  fs::copy(data / "house" / "genome.fa", folder / "other.fa");
  run("gzip -c '" + (data / "genome" / "reads.fastq").string() + "' > reads.fastq.gz", folder);
  fs::create_directory(folder / "mine");
  const fs::path model = root() / "configs" / "models" / "genes-reference" / "weights.safetensors";
  fs::create_symlink(model, folder / "mine" / "weights.safetensors");
  fs::copy(data / "house" / "reads.bam", folder / "reads.bam");
  fs::copy(data / "genome" / "sorted.bam", folder / "sorted.bam");
  fs::copy(data / "house" / "motifs.jaspar", folder / "motifs.jaspar");
  fs::copy(data / "house" / "match.mp4", folder / "match.mp4");
  fs::copy(data / "detectors" / "colours_yolov8.onnx", folder / "detector.onnx");
  const fs::path stored = root() / "tests" / "golden" / "stored";
  fs::copy(stored / "motion" / "match.txt", folder / "det.txt");
  for (const char* gff : {"annotation.gff3", "prodigal.gff3"}) {
    fs::copy(stored / "contig" / "genome.gff3", folder / gff);
  }
  return folder;
}

TEST(Readme, EveryHeddleCommandRuns) {
  const fs::path folder = readme_folder("readme_commands");
  int ran = 0;
  for (const std::string& command : readme_commands()) {
    const bool ours = command.starts_with("heddle ") || command.find("| heddle ") != command.npos;
    if (!ours || long_command(command) != nullptr) continue;
    ++ran;
    const Outcome outcome = run(with_our_heddle(folder, command), folder);
    EXPECT_EQ(outcome.exit_code, 0) << command << "\n" << outcome.output;
  }
  EXPECT_GE(ran, 23);
  fs::remove_all(folder);
}

TEST(Readme, ItsLongCommandsAreUnderstoodAsFarAsTheirMissingInputs) {
  const fs::path folder = fresh_folder("readme_long");
  fs::create_directories(folder / "configs");
  fs::copy(root() / "configs" / "train", folder / "configs" / "train");
  std::size_t ran = 0;
  for (const std::string& command : readme_commands()) {
    const LongCommand* one = long_command(command);
    if (one == nullptr) continue;
    ++ran;
    const std::string away =
        std::regex_replace(command, std::regex("--allow /data"), "--allow /no-data");
    const Outcome outcome = run(with_our_heddle(folder, away), folder);
    EXPECT_NE(outcome.exit_code, 0) << command;
    EXPECT_NE(outcome.output.find(one->missing), std::string::npos) << command << "\n"
                                                                    << outcome.output;
  }
  EXPECT_EQ(ran, std::size(kLong));
  fs::remove_all(folder);
}

TEST(Readme, ItsMakeCommandsAreTargetsOfTheMakefileAndTheDemoRuns) {
  const std::string makefile = read_file(root() / "Makefile");
  for (const std::string& command : readme_commands()) {
    if (!command.starts_with("make ")) continue;
    const std::string target = command.substr(5, command.find(' ', 5) - 5);
    EXPECT_NE(makefile.find("\n" + target + ":"), std::string::npos) << command;
  }
  const fs::path folder = readme_folder("readme_demo");
  const Outcome demo = run("HEDDLE='" + std::string(HEDDLE_BINARY) +
                               "' RESULTS=results VIDEO=match.mp4 GENOME=genome.fa '" +
                               (root() / "configs/demo.sh").string() + "'",
                           folder);
  EXPECT_EQ(demo.exit_code, 0) << demo.output;
  EXPECT_TRUE(fs::exists(folder / "results/genome/genome.gff3")) << demo.output;
  EXPECT_TRUE(fs::exists(folder / "results/video/match.mp4")) << demo.output;
  fs::remove_all(folder);
}

TEST(Readme, HasNoPlaceLeftToFill) {
  const std::string readme = read_file(root() / "README.md");
  EXPECT_EQ(readme.find("@@"), std::string::npos);
}

TEST(Ci, CallsExactlyTheReadmesTestCommand) {
  EXPECT_NE(read_file(root() / ".ci/run").find("\nexec make test\n"), std::string::npos);
  EXPECT_NE(read_file(root() / "README.md").find("make test"), std::string::npos);
}

}  // namespace
}  // namespace heddle::house
