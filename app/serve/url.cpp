#include "app/serve/confine.h"
#include "app/serve/http/text.h"
#include "io/address.h"
#include "io/private_address.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace heddle::app::serve {

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
    any |= io::is_private(at->ai_addr);
  }
  ::freeaddrinfo(found);
  return any;
}

}  // namespace heddle::app::serve
