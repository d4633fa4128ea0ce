#pragma once
// A folder with small inputs, and the executable run in it.

#include "tests/shell.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace heddle {

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fresh_folder(std::string("cli_") + test->name());
    for (const char* name : {"genome.fa", "reads.bam", "match.mp4"}) {
      std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "house" / name,
                            folder_ / name);
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// `words` after 'heddle', run by a shell in the folder.
  Outcome heddle(const std::string& words) { return run("'" HEDDLE_BINARY "' " + words, folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string text(const std::string& name) { return read_file(folder_ / name); }
  bool exists(const std::string& name) { return std::filesystem::exists(folder_ / name); }

  std::filesystem::path folder_;
};

}  // namespace heddle
