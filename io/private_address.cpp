#include "io/private_address.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace heddle::io {
namespace {

struct Range {
  std::uint32_t network;
  int bits;
};

constexpr Range kPrivate[] = {{0x00000000, 8},
                              {0x0a000000, 8},
                              {0x64400000, 10},
                              {0x7f000000, 8},
                              {0xa9fe0000, 16},
                              {0xac100000, 12},
                              {0xc0000000, 24},
                              {0xc0000200, 24},
                              {0xc0586300, 24},
                              {0xc0a80000, 16},
                              {0xc6120000, 15},
                              {0xc6336400, 24},
                              {0xcb007100, 24},
                              {0xe0000000, 4},
                              {0xf0000000, 4}};

bool is_private_v4(std::uint32_t address) {
  return std::ranges::any_of(kPrivate, [address](const Range& range) {
    return (address >> (32 - range.bits)) == (range.network >> (32 - range.bits));
  });
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return ntohl(value);
}

constexpr std::uint8_t kNat64[12] = {0x00, 0x64, 0xff, 0x9b};  // 64:ff9b::/96

bool is_private_v6(const in6_addr& address) {
  const std::uint8_t* bytes = address.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return is_private_v4(big_endian(bytes + 12));
  if (std::memcmp(bytes, kNat64, sizeof kNat64) == 0) return is_private_v4(big_endian(bytes + 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_private_v4(big_endian(bytes + 2));  // 6to4
  // Of the rest 2000::/3 alone is public, but for protocols' own addresses and documentation.
  const std::uint32_t front = big_endian(bytes);
  const bool protocols = front >> 9 == 0x20010000U >> 9;  // 2001::/23, with Teredo and ORCHID
  const bool documentation = front == 0x20010db8U || front >> 12 == 0x3fff0000U >> 12;
  return protocols || documentation || (bytes[0] & 0xe0) != 0x20;
}

}  // namespace

bool is_private(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return is_private_v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    return is_private_v6(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  }
  return false;
}

}  // namespace heddle::io
