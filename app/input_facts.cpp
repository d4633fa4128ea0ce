#include "app/input_facts.h"

#include "app/run_facts.h"
#include "io/error.h"
#include "io/formats/ffmpeg_address.h"
#include "io/formats/pictures.h"

#include <sys/stat.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

namespace heddle::app {
namespace {

std::string fact_of_pictures(const std::vector<std::string>& files) {
  std::uint32_t sum = 0;
  long long bytes = 0;
  for (const std::string& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return {};
    bytes += status.st_size;
    const std::string line = std::filesystem::path(file).filename().string() + '/' +
                             std::to_string(status.st_size) + ' ' +
                             std::to_string(status.st_mtim.tv_sec) + '.' +
                             std::to_string(status.st_mtim.tv_nsec) + '\n';
    sum = static_cast<std::uint32_t>(
        ::crc32(sum, reinterpret_cast<const Bytef*>(line.data()), static_cast<uInt>(line.size())));
  }
  std::array<char, 160> text{};
  std::snprintf(text.data(),
                text.size(),
                "%zu pictures, %lld bytes, names, sizes and times %08x",
                files.size(),
                bytes,
                sum);
  return text.data();
}

}  // namespace

bool can_be_read_again(const std::string& input) {
  if (input == "-" || io::names_address(input)) return false;
  struct stat status {};
  return ::stat(input.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

std::string fact_of_input(const std::string& input) {
  if (!can_be_read_again(input) || !io::names_pictures(input)) return fact_of_file(input);
  try {
    return fact_of_pictures(io::picture_files(input));
  } catch (const io::InputError&) {
    return {};  // opening it says what is wrong
  }
}

}  // namespace heddle::app
