#pragma once
// Bytes that one process reads for another, from wherever that asks: requests and replies over a
// socket that keeps messages' bounds (SOCK_SEQPACKET). Single-threaded on each side; neither owns
// the socket.

#include <cstdint>
#include <span>

namespace heddle::io {

inline constexpr std::size_t kServedBytes = std::size_t{1} << 16;  // of a reply, at most

struct ServedRequest {
  std::int64_t offset = 0;
  std::int64_t count = 0;  // 0: how many bytes there are in all
};

/// The side that asks. Throw ReadError: the other has gone, or could not read.
std::int64_t served_size(int socket);
/// Fills the start of `buffer`; 0 at the end.
std::size_t served_read(int socket, std::int64_t offset, std::span<std::uint8_t> buffer);

/// The side that reads, and trusts no request. False: the other has gone, or asks nonsense.
bool receive_request(int socket, ServedRequest& request);
/// False: the other has gone.
bool send_size(int socket, std::int64_t size);
/// No more than kServedBytes.
bool send_bytes(int socket, std::span<const std::uint8_t> bytes);
bool send_failure(int socket);

}  // namespace heddle::io
