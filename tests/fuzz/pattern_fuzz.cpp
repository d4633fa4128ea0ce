#include "attention/patterns/pattern.h"

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

// What parses must print as text that parses to the same text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using heddle::attention::parse_pattern;
  std::string text;
  try {
    text = parse_pattern(std::string_view(reinterpret_cast<const char*>(data), size)).text();
  } catch (const std::invalid_argument&) {
    return 0;
  }
  if (parse_pattern(text).text() != text) std::abort();
  return 0;
}
