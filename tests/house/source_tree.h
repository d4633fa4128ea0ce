#pragma once
// The project's own files, as the house tests look at them.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace heddle::house {

struct SourceFile {
  std::filesystem::path path;  // from the root
  std::vector<std::string> lines;
};

struct Function {
  std::string file;
  std::size_t line = 0;  // 1-based, of its first line
  std::size_t lines = 0;
};

std::filesystem::path root();
/// C++ and CUDA files below these folders.
std::vector<SourceFile> sources(const std::vector<std::string>& folders);
/// Function bodies, found by the formatter's indentation: from the line that opens to the brace
/// that closes in its column.
std::vector<Function> functions(const SourceFile& file);

}  // namespace heddle::house
