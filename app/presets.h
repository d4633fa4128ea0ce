#pragma once
// Named sets of options: files of configs/presets (installed beside the models), the same TOML as
// -c. What the command line or -c gives goes before what the preset gives.

#include <filesystem>
#include <string>
#include <vector>

namespace heddle::app {

struct Preset {
  std::string name;            // fast
  std::filesystem::path file;  // fast.toml
  std::string about;           // its first lines of comment, as one
};

/// Beside the installed executable and in the source tree; sorted by name.
std::vector<Preset> presets();

/// The file of -x NAME or --preset NAME on a command line that is not parsed yet; empty: there is
/// none. Throws CommandError(kUsage) naming the nearest where there is no such preset.
std::string preset_file(int argc, const char* const* argv);

}  // namespace heddle::app
