#include "io/report/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace heddle::io::report {
namespace {

/// Bytes of the UTF-8 character that `text` begins with; 0: it begins with none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);  // overlong forms, surrogates, beyond U+10FFFF
  const bool outside = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                       (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return outside ? 0 : length;
}

void append_escaped(std::string& made, char letter) {
  switch (letter) {
    case '&':
      made += "&amp;";
      break;
    case '<':
      made += "&lt;";
      break;
    case '>':
      made += "&gt;";
      break;
    case '"':
      made += "&quot;";
      break;
    case '\'':
      made += "&#39;";
      break;
    default:
      made += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f ? ' ' : letter;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 1) {
      append_escaped(made, text.front());
    } else if (length == 0) {
      made += "\xef\xbf\xbd";
    } else {
      made += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return made;
}

std::string number(double value, int decimals) {
  if (!std::isfinite(value)) return "0";
  std::array<char, 400> text{};
  const auto end = std::to_chars(
      text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals);
  std::string made(text.data(), end.ptr);
  if (made.find('.') != std::string::npos) {
    made.erase(made.find_last_not_of('0') + 1);
    if (made.back() == '.') made.pop_back();
  }
  return made == "-0" ? "0" : made;
}

std::string grouped(std::int64_t value) {
  std::string made = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = made.size(); at > first + 3;) {
    at -= 3;
    made.insert(at, 1, ',');
  }
  return made;
}

}  // namespace heddle::io::report
