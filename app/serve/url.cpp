#include "app/serve/confine.h"
#include "app/serve/http/text.h"
#include "io/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <stdexcept>

namespace heddle::app::serve {
namespace {

struct Range {
  std::uint32_t network;
  int bits;
};

/// IANA's special-purpose registry: what is not globally reachable, multicast, reserved.
constexpr Range kPrivate[] = {{0x00000000, 8},
                              {0x0a000000, 8},
                              {0x64400000, 10},
                              {0x7f000000, 8},
                              {0xa9fe0000, 16},
                              {0xac100000, 12},
                              {0xc0000000, 24},
                              {0xc0000200, 24},
                              {0xc0a80000, 16},
                              {0xc6120000, 15},
                              {0xc6336400, 24},
                              {0xcb007100, 24},
                              {0xe0000000, 4},
                              {0xf0000000, 4}};

bool is_private(std::uint32_t address) {
  return std::ranges::any_of(kPrivate, [address](const Range& range) {
    return (address >> (32 - range.bits)) == (range.network >> (32 - range.bits));
  });
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return ntohl(value);
}

bool is_private(const in6_addr& address) {
  const std::uint8_t* bytes = address.s6_addr;
  // Of IPv6 only 2000::/3 is public; in it 6to4 and NAT64's kin carry an IPv4 address.
  if (IN6_IS_ADDR_V4MAPPED(&address)) return is_private(big_endian(bytes + 12));
  if (bytes[0] == 0x00 && bytes[1] == 0x64) return is_private(big_endian(bytes + 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_private(big_endian(bytes + 2));
  return (bytes[0] & 0xe0) != 0x20;
}

}  // namespace

Url parse_url(std::string_view text) {
  const auto bad = [&text](const std::string& why) {
    throw std::invalid_argument("'" + io::without_password(std::string(text)) + "' " + why);
  };
  const auto is_odd = [](unsigned char c) {
    return c <= 0x20 || c == 0x7f || c == '\\' || c == '#';
  };
  if (std::ranges::any_of(text, is_odd))
    bad("holds a blank, a backslash, a # or a control character");
  const std::size_t colon = text.find("://");
  if (colon == text.npos || colon == 0) bad("is no address: it has no scheme://");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.find('?'));
  std::string_view authority = rest.substr(0, slash);
  if (slash != rest.npos) url.way = rest.substr(slash);
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    url.user = authority.substr(0, at);
    if (url.user.find('@') != std::string::npos) bad("has more than one @ before its host");
    authority.remove_prefix(at + 1);
  }
  std::size_t end = authority.find(':');
  if (authority.starts_with('[')) {
    end = authority.find(']');
    if (end == authority.npos) bad("has a [ without its ]");
    url.host = lower(authority.substr(1, end - 1));
    end = end + 1 == authority.size() ? authority.npos : end + 1;
    if (end != authority.npos && authority[end] != ':') bad("has something odd behind its host");
  } else {
    url.host = lower(authority.substr(0, end));
  }
  if (end != authority.npos) url.port = authority.substr(end + 1);
  const bool digits =
      std::ranges::all_of(url.port, [](unsigned char c) { return std::isdigit(c); });
  if (!digits || url.port.size() > 5) bad("has a port that is no number");
  if (url.host.empty() || url.host.find('%') != std::string::npos) bad("has no host");
  return url;
}

bool is_private_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  bool any = false;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET) {
      any |= is_private(ntohl(reinterpret_cast<const sockaddr_in*>(at->ai_addr)->sin_addr.s_addr));
    } else if (at->ai_family == AF_INET6) {
      any |= is_private(reinterpret_cast<const sockaddr_in6*>(at->ai_addr)->sin6_addr);
    }
  }
  ::freeaddrinfo(found);
  return any;
}

}  // namespace heddle::app::serve
