// Names for what people give by mistake, so that the message says more than 'unknown format'.

#include "io/format.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace heddle::io {
namespace {

using namespace std::string_view_literals;

struct Known {
  std::string_view magic;
  std::string_view what;
};
constexpr Known kKnown[] = {
    {"\xfd"
     "7zXZ\0"sv,
     "xz data; unpack it first (xz -dc FILE | ... -)"},
    {"BZh"sv, "bzip2 data; unpack it first (bzip2 -dc FILE | ... -)"},
    {"\x28\xb5\x2f\xfd"sv, "zstd data; unpack it first (zstd -dc FILE | ... -)"},
    {"PK\x03\x04"sv, "a zip archive; unpack it first"},
    {"7z\xbc\xaf"sv, "a 7z archive; unpack it first"},
    {"%PDF"sv, "a PDF document"},
    {"\x7f"
     "ELF"sv,
     "a program"},
    {"\x89PNG"sv, "a PNG picture"},
    {"\xff\xd8\xff"sv, "a JPEG picture"},
    {"GIF8"sv, "a GIF picture"},
    {"BCF\2"sv, "BCF variants"},
    {"##fileformat=VCF"sv, "VCF variants"},
    {"##gff-version"sv, "GFF annotation; give the sequence, not its features"},
    {"ID   "sv, "an EMBL record; convert it to FASTA first"},
    {"CRAI"sv, "a CRAM index"},
    {"BAI\1"sv, "a BAM index"},
    {"<!DOCTYPE"sv, "a web page"},
    {"<html"sv, "a web page"},
    {"\xff\xfe"sv, "UTF-16 text; convert it to UTF-8 first"},
    {"\xfe\xff"sv, "UTF-16 text; convert it to UTF-8 first"},
    {"#EXTM3U"sv,
     "a playlist (m3u8): it names other files and addresses, which are not followed; join its "
     "pieces (cat *.ts | ... -)"},
    {"\x89HDF"sv, "HDF5 data (fast5?)"},
    {"POD5"sv, "POD5 signal data"},
};

/// A first line of nothing but A C G T U N.
bool is_bare_sequence(std::string_view content) {
  const std::string_view line = content.substr(0, content.find_first_of("\r\n"));
  return line.size() >= 8 && line.find_first_not_of("ACGTUNacgtun") == line.npos;
}

}  // namespace

std::string describe_content(const Head& head) {
  if (head.content.empty()) return "is compressed and holds nothing";
  if (head.content.find_first_not_of(" \t\r\n") == head.content.npos) {
    return "starts with nothing but blank lines";
  }
  for (const Known& known : kKnown) {
    if (head.content.starts_with(known.magic)) return "looks like " + std::string(known.what);
  }
  if (head.content.size() > 262 && head.content.substr(257, 5) == "ustar") {
    return "looks like a tar archive; unpack it first";
  }
  if (is_bare_sequence(head.content)) {
    return "looks like a bare sequence; give it a first line '>NAME', as FASTA has it";
  }
  std::string shown;
  for (const char letter : head.content.substr(0, 24)) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte >= 0x20 && byte < 0x7f) {
      shown += letter;
    } else if (letter == '\n') {
      shown += "\\n";
    } else {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", byte);
      shown += code;
    }
  }
  return "starts with '" + shown + "'";
}

}  // namespace heddle::io
