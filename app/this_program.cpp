#include "app/this_program.h"

#include <cstdlib>
#include <system_error>

namespace heddle::app {
namespace {

constexpr char kRunningFile[] = "/proc/self/exe";

}  // namespace

std::string this_program() {
  const char* named = std::getenv("HEDDLE_PROGRAM");
  return named && *named ? named : kRunningFile;
}

std::filesystem::path program_folder() {
  const std::filesystem::path program = this_program();
  if (program != kRunningFile) return program.parent_path();
  std::error_code none;
  return std::filesystem::read_symlink(program, none).parent_path();
}

}  // namespace heddle::app
