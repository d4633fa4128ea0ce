#include "app/serve/brief.h"

#include <algorithm>
#include <cctype>

namespace heddle::app::serve {
namespace {

constexpr const char* kEllipsis = "\xe2\x80\xa6";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Whether the ' at `at` opens a passage: that of "daemon's" does not.
bool opens(std::string_view text, std::size_t at) {
  return text[at] == '\'' && (at == 0 || !is_letter(text[at - 1]));
}

/// Behind the passage or the word that begins at `from`.
std::size_t end_of_piece(std::string_view text, std::size_t from) {
  std::size_t end = text[from] == ' ' ? from + 1 : text.find(' ', from);
  if (opens(text, from)) {
    end = text.find('\'', from + 1);
    while (end != text.npos && end + 1 < text.size() && is_letter(text[end + 1])) {
      end = text.find('\'', end + 1);
    }
  }
  return std::min(end, text.size());
}

}  // namespace

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string brief(std::string_view text, std::size_t most) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && count++ == most)
      return std::string(text.substr(0, end)) + kEllipsis;
  }
  return std::string(text);
}

std::string brief_message(std::string_view message) {
  std::string made;
  for (std::size_t at = 0; at < message.size();) {
    const bool quoted = opens(message, at);
    const std::size_t end = end_of_piece(message, at);
    made += brief(message.substr(at, end - at), kMostQuoted + 1);  // with its '
    at = end;
    if (quoted && at < message.size()) made += message[at++];
  }
  return brief(made, kMostTold);
}

}  // namespace heddle::app::serve
