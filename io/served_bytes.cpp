#include "io/served_bytes.h"

#include "io/read_error.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace heddle::io {
namespace {

constexpr std::uint8_t kGood = 1;
constexpr std::uint8_t kFailed = 2;

using Reply = std::array<std::uint8_t, 1 + kServedBytes>;  // how it went, and the bytes

ssize_t send_one(int socket, const void* bytes, std::size_t count) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket, bytes, count, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t receive_one(int socket, void* bytes, std::size_t count) {
  ssize_t got = 0;
  do {
    got = ::recv(socket, bytes, count, 0);
  } while (got < 0 && errno == EINTR);
  return got;
}

bool reply(int socket, std::uint8_t how, const void* bytes, std::size_t count) {
  Reply message;
  message[0] = how;
  if (count > 0) std::memcpy(message.data() + 1, bytes, count);
  return send_one(socket, message.data(), 1 + count) > 0;
}

/// How many bytes came, at most as many as asked for.
std::size_t ask(int socket, const ServedRequest& request, void* bytes, std::size_t room) {
  Reply message;
  if (send_one(socket, &request, sizeof request) <= 0) throw ReadError("who reads it has gone");
  const ssize_t got = receive_one(socket, message.data(), message.size());
  if (got < 1 || message[0] != kGood) throw ReadError("the connection broke");
  const std::size_t count = std::min(room, static_cast<std::size_t>(got) - 1);
  if (count > 0) std::memcpy(bytes, message.data() + 1, count);
  return count;
}

}  // namespace

std::int64_t served_size(int socket) {
  std::int64_t size = 0;
  if (ask(socket, {}, &size, sizeof size) != sizeof size) throw ReadError("its length is not told");
  return size;
}

std::size_t served_read(int socket, std::int64_t offset, std::span<std::uint8_t> buffer) {
  const std::size_t count = std::min(buffer.size(), kServedBytes);
  return ask(socket, {offset, static_cast<std::int64_t>(count)}, buffer.data(), count);
}

bool receive_request(int socket, ServedRequest& request) {
  std::array<std::uint8_t, sizeof(ServedRequest) + 1> message;
  if (receive_one(socket, message.data(), message.size()) != sizeof request) return false;
  std::memcpy(&request, message.data(), sizeof request);
  return request.offset >= 0 && request.count >= 0 &&
         request.count <= static_cast<std::int64_t>(kServedBytes);
}

bool send_size(int socket, std::int64_t size) { return reply(socket, kGood, &size, sizeof size); }

bool send_bytes(int socket, std::span<const std::uint8_t> bytes) {
  return reply(socket, kGood, bytes.data(), std::min(bytes.size(), kServedBytes));
}

bool send_failure(int socket) { return reply(socket, kFailed, nullptr, 0); }

}  // namespace heddle::io
