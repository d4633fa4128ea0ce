// Every command the README shows runs, on small inputs under the names the README uses.

#include "tests/house/source_tree.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

namespace heddle::house {
namespace {

namespace fs = std::filesystem;

/// Lines of ```sh blocks, comments and empty lines left out.
std::vector<std::string> readme_commands() {
  std::istringstream readme(read_file(root() / "README.md"));
  std::vector<std::string> commands;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
    } else if (inside && !line.empty() && !line.starts_with('#')) {
      commands.push_back(line.substr(0, line.find("  #")));
    }
  }
  return commands;
}

/// A folder with the inputs the README's commands name.
fs::path readme_folder(const std::string& name) {
  const fs::path folder = fresh_folder(name);
  const fs::path data = HEDDLE_TEST_DATA;
  fs::copy(data / "house" / "genome.fa", folder / "genome.fa");
  fs::copy(data / "house" / "reads.bam", folder / "reads.bam");
  fs::copy(data / "genome" / "sorted.bam", folder / "sorted.bam");
  fs::copy(data / "house" / "motifs.jaspar", folder / "motifs.jaspar");
  fs::copy(data / "house" / "match.mp4", folder / "match.mp4");
  fs::copy(data / "detectors" / "colours_yolov8.onnx", folder / "detector.onnx");
  const fs::path stored = root() / "tests" / "golden" / "stored";
  fs::copy(stored / "motion" / "match.txt", folder / "det.txt");
  for (const char* name : {"annotation.gff3", "prodigal.gff3"}) {
    fs::copy(stored / "contig" / "genome.gff3", folder / name);
  }
  return folder;
}

TEST(Readme, EveryHeddleCommandRuns) {
  const fs::path folder = readme_folder("readme_commands");
  const std::string path =
      "PATH='" + fs::path(HEDDLE_BINARY).parent_path().string() + "':\"$PATH\" ";
  int ran = 0;
  for (const std::string& command : readme_commands()) {
    if (!command.starts_with("heddle ")) continue;
    ++ran;
    const Outcome outcome = run(path + command, folder);
    EXPECT_EQ(outcome.exit_code, 0) << command << "\n" << outcome.output;
  }
  EXPECT_GE(ran, 4);
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
