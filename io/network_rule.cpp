#include "io/network_rule.h"

#include "io/private_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace heddle::io {
namespace {

std::shared_ptr<const NetworkRule>& of_process() {
  static std::shared_ptr<const NetworkRule> rule;
  return rule;
}

struct OfThread {
  std::shared_ptr<const NetworkRule> rule;
  std::string refusal;
  bool resolving = false;  // the resolver's own connections are no business of ours
};

OfThread& of_thread() {
  thread_local OfThread mine;
  return mine;
}

std::string number_of(const sockaddr* address, socklen_t length) {
  char text[NI_MAXHOST] = "?";
  ::getnameinfo(address, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

std::uint16_t port_of(const sockaddr* address) {
  return ntohs(address->sa_family == AF_INET
                   ? reinterpret_cast<const sockaddr_in*>(address)->sin_port
                   : reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
}

bool same_address(const sockaddr* one, const sockaddr* other) {
  if (one->sa_family != other->sa_family) return false;
  if (one->sa_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in*>(one)->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(other)->sin_addr.s_addr;
  }
  return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(one)->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(other)->sin6_addr,
                     sizeof(in6_addr)) == 0;
}

bool is_of(const std::string& host, const sockaddr* address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = address->sa_family;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  bool any = false;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    any |= same_address(at->ai_addr, address);
  }
  ::freeaddrinfo(found);
  return any;
}

bool may_connect(const sockaddr* address, socklen_t length) {
  if (address == nullptr || (address->sa_family != AF_INET && address->sa_family != AF_INET6)) {
    return true;
  }
  OfThread& mine = of_thread();
  const auto rule = mine.rule ? mine.rule : of_process();
  if (!rule || mine.resolving || !is_private(address)) return true;
  mine.resolving = true;
  const std::uint16_t port = port_of(address);
  bool known = false;  // on another port
  const bool trusted = std::ranges::any_of(rule->trusted, [&](const TrustedHost& one) {
    if (!is_of(one.host, address)) return false;
    known = true;
    return one.port == 0 || one.port == port;
  });
  mine.resolving = false;
  if (trusted) return true;
  mine.refusal = "it leads to " + number_of(address, length) +
                 (known ? ", port " + std::to_string(port) + ", a port of a private address"
                        : ", a private address") +
                 " that may not be opened";
  return false;
}

/// "10.0.0.7", "camera.lan:554", "[::1]", "[::1]:80".
TrustedHost trusted_of(const std::string& text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = text.find(bracketed ? ']' : ':');
  TrustedHost made{text.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0))};
  const std::size_t colon = bracketed ? text.find(':', std::min(end, text.size())) : end;
  if (colon == std::string::npos) return made;
  const char* last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, last, made.port);
  if (error != std::errc() || stop != last || made.port == 0) {
    throw std::invalid_argument("'" + text + "' is no host:port");
  }
  return made;
}

}  // namespace

std::string NetworkRule::text() const {
  std::string made;
  for (const TrustedHost& one : trusted) {
    if (one.host.find(',') != std::string::npos) continue;  // no host has one
    made += made.empty() ? "" : ",";
    made += one.host.find(':') == std::string::npos ? one.host : "[" + one.host + "]";
    if (one.port != 0) made += ":" + std::to_string(one.port);
  }
  return made;
}

NetworkRule NetworkRule::of_text(const std::string& text) {
  NetworkRule rule;
  std::istringstream hosts(text);
  for (std::string host; std::getline(hosts, host, ',');) rule.trusted.push_back(trusted_of(host));
  return rule;
}

NetworkScope::NetworkScope(std::shared_ptr<const NetworkRule> rule)
    : before_(std::exchange(of_thread().rule, std::move(rule))) {}

NetworkScope::~NetworkScope() { of_thread().rule = std::move(before_); }

std::shared_ptr<const NetworkRule> NetworkScope::current() { return of_thread().rule; }

void limit_network(NetworkRule rule) {
  of_process() = std::make_shared<const NetworkRule>(std::move(rule));
}

std::string take_network_refusal() { return std::exchange(of_thread().refusal, {}); }

}  // namespace heddle::io

/// In front of the C library's, for every library of the process.
extern "C" __attribute__((visibility("default"))) int connect(int socket,
                                                              const sockaddr* address,
                                                              socklen_t length) {
  if (!heddle::io::may_connect(address, length)) {
    errno = EACCES;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_connect, socket, address, length));
}
