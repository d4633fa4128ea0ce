#include "app/serve/command_options.h"

#include "app/models.h"
#include "app/serve/api/error.h"
#include "tests/shell.h"
#include "tests/unit/app/serve/program_text.h"

#include <gtest/gtest.h>

#include <fstream>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;

void make_model(const fs::path& folder) {
  fs::create_directories(folder);
  std::ofstream(folder / kModelFile) << "w";
}

/// Two folders, of which the daemon may use `in`.
class ModelsOfClients : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::canonical(fresh_folder("models_of_clients"));
    make_model(folder_ / "in" / "own");
    make_model(folder_ / "out" / "mine");
    for (const char* name : {"in/linked", "in/empty"}) fs::create_directories(folder_ / name);
    fs::create_symlink(folder_ / "out" / "mine" / kModelFile,
                       folder_ / "in" / "linked" / kModelFile);
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }
  /// The option as a process would get it, or the code of the refusal.
  std::string model(const std::string& given) const {
    const Confinement confinement({(folder_ / "in").string()}, {});
    const CommandOptions options(program(), confinement);
    try {
      return options.checked("genome", {{"model", given}})["model"].get<std::string>();
    } catch (const ApiError& error) {
      return error.code();
    }
  }

  const fs::path before_ = fs::current_path();
  fs::path folder_;
};

TEST_F(ModelsOfClients, ComeFromAFolderOnlyWhereTheFileItselfLiesInOneToo) {
  const std::string in = (folder_ / "in").string();
  EXPECT_EQ(model(in + "/own"), in + "/own/" + kModelFile);
  EXPECT_EQ(model(in + "/linked"), "path_not_allowed");
  EXPECT_EQ(model(in + "/linked/" + kModelFile), "path_not_allowed");
  EXPECT_EQ(model(in + "/empty"), "no_such_input");
}

TEST_F(ModelsOfClients, AreNoFoldersBesideTheDaemonByABareName) {
  fs::current_path(folder_ / "out");
  EXPECT_EQ(model("mine"), "path_not_allowed");
  EXPECT_EQ(model("genes-reference"), "genes-reference");
}

}  // namespace
}  // namespace heddle::app::serve
