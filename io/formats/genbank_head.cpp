#include "io/formats/genbank_head.h"

#include "io/formats/bases.h"

#include <charconv>
#include <string_view>

namespace heddle::io {
namespace {

std::string second_word(const std::string& line) {
  return split_header(split_header(line).description).name;
}

/// The number before ' bp ', -1 where there is none.
std::int64_t length_in(std::string_view locus) {
  const std::size_t unit = locus.find(" bp ");
  if (unit == locus.npos || unit == 0) return -1;
  const std::size_t blank = locus.rfind(' ', unit - 1);
  if (blank == locus.npos) return -1;
  std::int64_t length = -1;
  std::from_chars(locus.data() + blank + 1, locus.data() + unit, length);
  return length;
}

}  // namespace

void GenbankHead::take(const std::string& line) {
  if (line.starts_with("LOCUS ")) {
    *this = {};
    name = second_word(line);
    length = length_in(line + ' ');
    circular = (line + ' ').find(" circular ") != std::string::npos;
  } else if (line.starts_with("DEFINITION ")) {
    description = split_header(line).description;
  } else if (line.starts_with("ACCESSION ") || line.starts_with("VERSION ")) {
    std::string said = second_word(line);
    if (!said.empty() && said != ".") name = std::move(said);
  }
}

}  // namespace heddle::io
