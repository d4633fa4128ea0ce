#include "app/serve/http/text.h"

#include "io/trimmed.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace heddle::app::serve {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Bytes of the sequence that begins with `lead`; 0: it begins none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/// What the second byte must be, beyond being a continuation: no overlong form, no surrogate.
bool second_fits(unsigned char lead, unsigned char second) {
  if (lead == 0xe0) return second >= 0xa0;
  if (lead == 0xed) return second <= 0x9f;
  if (lead == 0xf0) return second >= 0x90;
  if (lead == 0xf4) return second <= 0x8f;
  return true;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(
      made, made.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    made += c;
  }
  if (!is_utf8(made)) return std::nullopt;
  return made;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = sequence_length(lead);
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80 || (k == 1 && !second_fits(lead, next))) return false;
    }
    i += length;
  }
  return true;
}

std::string media_type(std::string_view content_type) {
  return lower(io::trimmed(content_type.substr(0, content_type.find(';'))));
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  const auto opaque = [](std::string_view one) {
    return one.substr(one.starts_with("W/") ? 2 : 0);
  };
  std::string_view rest = io::trimmed(if_none_match);
  if (rest == "*") return true;
  while (!rest.empty()) {
    // A comma inside the quotes is the tag's own.
    const std::size_t open = rest.find('"');
    const std::size_t close = open == rest.npos ? open : rest.find('"', open + 1);
    if (close == rest.npos) return false;
    if (opaque(io::trimmed(rest.substr(0, close + 1))) == opaque(tag)) return true;
    const std::size_t comma = rest.find(',', close);
    rest = comma == rest.npos ? std::string_view() : io::trimmed(rest.substr(comma + 1));
  }
  return false;
}

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  // Walks the given text, whose length the asker knows already.
  auto difference = static_cast<unsigned>(given.size() ^ secret.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<unsigned char>(given[i] ^ other);
  }
  return difference == 0;
}

std::string host_of(std::string_view authority) {
  if (const auto scheme = authority.find("://"); scheme != authority.npos) {
    authority.remove_prefix(scheme + 3);
  }
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == authority.npos ? "" : lower(authority.substr(1, end - 1));
  }
  return lower(authority.substr(0, authority.find(':')));
}

bool is_loopback_name(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  const std::string text(host);
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return false;
  return (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace heddle::app::serve
