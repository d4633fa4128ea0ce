#include "app/models.h"

#include "app/exit_codes.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

/// In a folder with the models `mine` and `both`, `both` being installed too.
class Models : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::canonical(fresh_folder("models"));
    for (const char* name : {"mine", "both", "installed/both"}) {
      fs::create_directories(folder_ / name);
      std::ofstream(folder_ / name / kModelFile) << "w";
    }
    fs::create_directories(folder_ / "empty");
    ::setenv("HEDDLE_MODELS", (folder_ / "installed").c_str(), 1);
    fs::current_path(folder_);
  }
  void TearDown() override {
    ::unsetenv("HEDDLE_MODELS");
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  const fs::path before_ = fs::current_path();
  fs::path folder_;
};

TEST_F(Models, AreFoundInAFolderNamedWithoutASlash) {
  EXPECT_EQ(fs::canonical(find_model("mine")), folder_ / "mine" / kModelFile);
  EXPECT_EQ(fs::canonical(find_model("mine/")), folder_ / "mine" / kModelFile);
}

TEST_F(Models, ThatAreInstalledGoBeforeFoldersOfTheirName) {
  EXPECT_EQ(find_model("both"), folder_ / "installed" / "both" / kModelFile);
  EXPECT_EQ(fs::canonical(find_model("./both")), folder_ / "both" / kModelFile);
}

TEST_F(Models, AreNotSeenInAFolderWithoutWeights) {
  EXPECT_FALSE(is_model_path("empty"));
  EXPECT_FALSE(is_model_path(""));
  EXPECT_THROW(find_model("empty"), CommandError);
}

}  // namespace
}  // namespace heddle::app
