#pragma once
// What tests of io share: a folder that goes away, and files made of text.

#include "io/sample.h"
#include "io/source.h"

#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::io {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "heddle-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    // A new file each time: ext4 syncs one that is truncated and written again.
    std::filesystem::remove(path_ / name);
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no file " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One gzip member; with `bgzf` it carries the BC field that makes it a BGZF block.
inline std::string gzip_member(const std::string& text, bool bgzf = false) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  gz_header header{};
  Bytef extra[6] = {'B', 'C', 2, 0, 0, 0};
  header.extra = extra;
  header.extra_len = sizeof extra;
  header.os = 255;
  if (bgzf) deflateSetHeader(&stream, &header);
  std::string bytes(text.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  if (bgzf) {
    bytes[16] = static_cast<char>((bytes.size() - 1) & 0xff);
    bytes[17] = static_cast<char>((bytes.size() - 1) >> 8);
  }
  return bytes;
}

/// BGZF with blocks of `block` bytes and the end-of-file marker.
inline std::string bgzf(const std::string& text, std::size_t block) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += block) {
    bytes += gzip_member(text.substr(at, block), true);
  }
  return bytes + gzip_member("", true);
}

inline std::vector<Sequence> drain(Source& source) {
  std::vector<Sequence> pieces;
  while (auto sample = source.next()) pieces.push_back(std::get<Sequence>(std::move(*sample)));
  return pieces;
}

inline std::vector<Sequence> read_all(const std::string& path, const SourceOptions& options = {}) {
  return drain(*open_source(path, options));
}

/// What is thrown, or an empty string.
template <typename Error, typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline std::string input_error(const std::string& path, const SourceOptions& options = {}) {
  return message_of<InputError>([&] { read_all(path, options); });
}

}  // namespace heddle::io
