#include "io/formats/bases.h"

#include "io/formats/text_input.h"

#include <string_view>

namespace heddle::io {

std::string not_a_nucleotide(unsigned char byte) {
  const bool residue = std::string_view("EFIJLOPQZefijlopqz").find(static_cast<char>(byte)) !=
                       std::string_view::npos;
  return quote_byte(byte) + " is not a nucleotide" +
         (residue ? "; proteins are not read, give their genome" : "");
}

HeaderWords split_header(const std::string& line) {
  constexpr const char* kBlanks = " \t\v\f";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return {};
  const std::size_t end = line.find_first_of(kBlanks, begin);
  if (end == std::string::npos) return {line.substr(begin), {}};
  const std::size_t rest = line.find_first_not_of(kBlanks, end);
  if (rest == std::string::npos) return {line.substr(begin, end - begin), {}};
  return {line.substr(begin, end - begin),
          line.substr(rest, line.find_last_not_of(kBlanks) + 1 - rest)};
}

}  // namespace heddle::io
