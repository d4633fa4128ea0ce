#include "app/printable.h"

#include <cstddef>
#include <cstdio>

namespace heddle::app {
namespace {

/// Bytes of the UTF-8 letter that `text` begins with; 0: it begins with none.
std::size_t letter_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Not the shortest form, a half of a pair of UTF-16, beyond the last letter.
  const unsigned char second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return length;
}

/// Among them the second set of control characters, U+0080 to U+009F.
bool is_control(std::string_view letter) {
  const auto first = static_cast<unsigned char>(letter[0]);
  const bool second_set = first == 0xc2 && static_cast<unsigned char>(letter[1]) < 0xa0;
  return first < 0x20 || first == 0x7f || second_set;
}

void append_code(std::string& text, char byte) {
  if (byte == '\n') {
    text += "\\n";
  } else if (byte == '\t') {
    text += "\\t";
  } else {
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(byte));
    text += code;
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = letter_length(text);
    const std::string_view letter = text.substr(0, length == 0 ? 1 : length);
    if (length > 0 && !is_control(letter)) {
      shown += letter;
    } else {
      for (const char byte : letter) append_code(shown, byte);
    }
    text.remove_prefix(letter.size());
  }
  return shown;
}

}  // namespace heddle::app
