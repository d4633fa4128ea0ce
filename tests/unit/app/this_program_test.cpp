// Which file is started again, and where its models and presets are looked for.

#include "app/this_program.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace heddle::app {
namespace {

TEST(ThisProgram, IsTheRunningFile) {
  ::unsetenv("HEDDLE_PROGRAM");
  EXPECT_EQ(this_program(), "/proc/self/exe");
  EXPECT_EQ(program_folder(), std::filesystem::canonical("/proc/self/exe").parent_path());
}

TEST(ThisProgram, IsWhatTheEnvironmentNamesWhereALoaderIsTheRunningFile) {
  ::setenv("HEDDLE_PROGRAM", "/somewhere/bundle/bin/heddle", 1);
  EXPECT_EQ(this_program(), "/somewhere/bundle/bin/heddle");
  EXPECT_EQ(program_folder(), "/somewhere/bundle/bin");
  ::unsetenv("HEDDLE_PROGRAM");
}

}  // namespace
}  // namespace heddle::app
