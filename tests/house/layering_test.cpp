// The diamond holds, and the guard that says so can fail.

#include "tests/house/source_tree.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace heddle::house {
namespace {

namespace fs = std::filesystem;

Outcome check(const std::string& layer, const std::string& may_use, const fs::path& where) {
  std::ostringstream command;
  command << HEDDLE_CMAKE << " -DLAYER=" << layer << " -DMAY_USE=" << may_use << " -DROOT='"
          << where.string() << "' -P '" << (root() / "configs/cmake/check_layer.cmake").string()
          << "'";
  return run(command.str(), root());
}

struct Edge {
  const char* layer;
  const char* may_use;
};

class Layering : public testing::TestWithParam<Edge> {};

TEST_P(Layering, TheLayerIncludesOnlyWhatItMay) {
  const Outcome outcome = check(GetParam().layer, GetParam().may_use, root());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

INSTANTIATE_TEST_SUITE_P(Diamond,
                         Layering,
                         testing::Values(Edge{"attention", "attention"},
                                         Edge{"io", "io"},
                                         Edge{"pipeline", "pipeline,io,attention"},
                                         Edge{"app", "app,pipeline,io,attention"}),
                         [](const auto& edge) { return std::string(edge.param.layer); });

TEST(LayeringGuard, CatchesAPlantedViolationInEveryKindOfFileAndNamesIt) {
  for (const std::string name : {"bad.cpp", "bad.h", "bad.cu", "bad.cuh"}) {
    const fs::path planted = fresh_folder("planted");
    fs::create_directories(planted / "io" / "formats");
    std::ofstream(planted / "io" / "formats" / name) << "#include \"attention/tensor/tensor.h\"\n";
    const Outcome outcome = check("io", "io", planted);
    EXPECT_NE(outcome.exit_code, 0) << name;
    EXPECT_NE(outcome.output.find("io/formats/" + name), std::string::npos) << outcome.output;
    fs::remove_all(planted);
  }
}

TEST(TopLevel, HasNoOtherFoldersThanTheHouseHas) {
  const std::vector<std::string> rooms = {"app", "pipeline", "attention", "io", "configs", "tests"};
  const std::vector<std::string> generated = {"build", "cache", "results"};
  for (const fs::directory_entry& entry : fs::directory_iterator(root())) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name.starts_with('.')) continue;
    const bool known = std::count(rooms.begin(), rooms.end(), name) +
                           std::count(generated.begin(), generated.end(), name) >
                       0;
    EXPECT_TRUE(known) << name << " is not a room of the house (CONTRIBUTING.md)";
  }
}

}  // namespace
}  // namespace heddle::house
