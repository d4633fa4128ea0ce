// The container's second stage installs libraries by their packages: all that the executable was
// linked with, or it does not start there.

#include "tests/house/source_tree.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace heddle::house {
namespace {

/// Those of debian:12-slim itself.
const std::set<std::string> kOfTheBase = {"libc6", "libgcc-s1", "libstdc++6", "zlib1g"};

std::string package_of(const std::string& library) {
  // Either spelling of a merged /usr may be the one that the package has.
  const std::string path = std::filesystem::weakly_canonical(library);
  const std::string usr = path.starts_with("/usr/") ? path.substr(4) : "/usr" + path;
  const Outcome found =
      run("dpkg-query -S '" + path + "' '" + usr + "' 2>/dev/null | head -1", root());
  return found.output.substr(0, found.output.find(':'));
}

TEST(Container, InstallsEveryLibraryThatTheExecutableNeeds) {
  if (run("command -v dpkg-query ldd readelf", root()).exit_code != 0) {
    GTEST_SKIP() << "no dpkg-query, ldd or readelf";
  }
  const std::string file = read_file(root() / "configs/deploy/Containerfile");
  const std::string needed = run("readelf -d '" HEDDLE_BINARY "' | grep NEEDED", root()).output;
  std::istringstream loaded(run("ldd '" HEDDLE_BINARY "'", root()).output);
  int libraries = 0;
  for (std::string line; std::getline(loaded, line);) {
    std::istringstream words(line);
    std::string name, arrow, path;
    words >> name >> arrow >> path;
    if (arrow != "=>" || needed.find('[' + name + ']') == std::string::npos) continue;
    const std::string package = package_of(path);
    ASSERT_FALSE(package.empty()) << path << " is of no package";
    ++libraries;
    const bool installed = file.find(' ' + package + ' ') != std::string::npos;
    EXPECT_TRUE(installed || kOfTheBase.contains(package)) << package << " has " << name;
  }
  EXPECT_GT(libraries, 10);
}

TEST(Container, BuildsEveryProgramThatIsInstalled) {
  const std::string build = read_file(root() / "app/CMakeLists.txt");
  const std::string file = read_file(root() / "configs/deploy/Containerfile");
  const auto words_after = [](const std::string& text, const std::string& mark) {
    std::istringstream words(text.substr(std::min(text.size(), text.find(mark) + mark.size())));
    std::set<std::string> found;
    for (std::string word; words >> word && word != "RUNTIME" && word != "\\";) found.insert(word);
    return found;
  };
  const auto made = words_after(file, "--target ");
  const auto installed = words_after(build, "install(TARGETS ");
  EXPECT_TRUE(installed.contains("heddle"));
  for (const std::string& program : installed) {
    EXPECT_TRUE(made.contains(program)) << program << " is installed and not built";
  }
}

}  // namespace
}  // namespace heddle::house
