#include "app/presets.h"

#include "app/exit_codes.h"
#include "app/nearest.h"
#include "app/this_program.h"
#include "app/version.h"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

std::string about(const fs::path& file) {
  std::ifstream lines(file);
  std::string text;
  for (std::string line; std::getline(lines, line) && line.starts_with("# ");) {
    text += (text.empty() ? "" : " ") + line.substr(2);
  }
  return text;
}

/// The value of -x or --preset in its four spellings; empty: none.
std::string asked(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") return "";
    if (word == "-x" || word == "--preset") return i + 1 < argc ? argv[i + 1] : "";
    if (word.starts_with("--preset=")) return std::string(word.substr(9));
    if (word.starts_with("-x") && !word.starts_with("--")) return std::string(word.substr(2));
  }
  return "";
}

}  // namespace

std::vector<Preset> presets() {
  std::error_code none;
  std::vector<Preset> all;
  for (const fs::path& folder : {program_folder() / kInstalledPresets, fs::path(kSourcePresets)}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
      const std::string name = entry.path().stem().string();
      const bool known = std::any_of(
          all.begin(), all.end(), [&name](const Preset& one) { return one.name == name; });
      if (known || entry.path().extension() != ".toml") continue;
      all.push_back({name, entry.path(), about(entry.path())});
    }
  }
  std::sort(
      all.begin(), all.end(), [](const Preset& a, const Preset& b) { return a.name < b.name; });
  return all;
}

std::string preset_file(int argc, const char* const* argv) {
  const std::string name = asked(argc, argv);
  if (name.empty()) return "";
  std::vector<std::string> names;
  std::string list;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset.file.string();
    names.push_back(preset.name);
    list += (list.empty() ? "" : ", ") + preset.name;
  }
  const std::string near = nearest(name, names);
  throw CommandError(kUsage,
                     "--preset " + name + ": there is no such preset" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?") +
                         " (there are: " + list + ")");
}

}  // namespace heddle::app
