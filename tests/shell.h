#pragma once
// Runs commands as a user would, for tests of the executable.

#include <filesystem>
#include <string>

namespace heddle {

struct Outcome {
  int exit_code = 0;
  std::string output;  // standard output and error together
};

/// Runs a shell command in `folder`.
Outcome run(const std::string& command, const std::filesystem::path& folder);

/// An empty folder of this name below the tests' temporary folder.
std::filesystem::path fresh_folder(const std::string& name);
std::string read_file(const std::filesystem::path& file);

}  // namespace heddle
