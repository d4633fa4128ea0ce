#include "tests/house/source_tree.h"

#include <fstream>

namespace heddle::house {
namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".h" || extension == ".cpp" || extension == ".cu" || extension == ".cuh" ||
         extension == ".inl";
}

bool opens_function(const std::string& line, std::size_t indent) {
  if (line.size() <= indent || line[indent] == ' ' || line[indent] == '}' || line[indent] == '#')
    return false;
  for (const char* other : {"namespace",
                            "struct",
                            "class",
                            "enum",
                            "extern",
                            "union",
                            "//",
                            "switch",
                            "if ",
                            "for ",
                            "while "}) {
    if (line.compare(indent, std::string(other).size(), other) == 0) return false;
  }
  return line.find_first_not_of(' ') == indent;
}

}  // namespace

fs::path root() { return HEDDLE_ROOT; }

std::vector<SourceFile> sources(const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root() / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      SourceFile file{fs::relative(entry.path(), root()), {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  return files;
}

std::vector<Function> functions(const SourceFile& file) {
  std::vector<Function> found;
  for (const std::size_t indent : {0u, 2u}) {
    const std::string close = std::string(indent, ' ') + "}";
    std::size_t signature = 0;  // first line of the declaration being read, 1-based; 0: none
    bool inside = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (!inside && opens_function(line, indent)) signature = i + 1;
      if (!inside && signature > 0 && line.ends_with(';')) signature = 0;
      if (!inside && signature > 0 && line.ends_with('{')) inside = true;
      if (inside && line == close + ";") {  // a list, not a body
        inside = false;
        signature = 0;
      }
      if (inside && line == close) {
        found.push_back({file.path.string(), signature, i + 2 - signature});
        inside = false;
        signature = 0;
      }
    }
  }
  return found;
}

}  // namespace heddle::house
