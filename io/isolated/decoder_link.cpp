#include "io/isolated/decoder_link.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace heddle::io {
namespace {

constexpr char kFree = 1;

ssize_t send_all(int descriptor, const void* bytes, std::size_t count, int flags = 0) {
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor, bytes, count, MSG_NOSIGNAL | flags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

/// A side that ended with messages unread is told once as a reset, in front of what it had sent.
ssize_t receive_one(int descriptor, void* bytes, std::size_t count) {
  ssize_t got = 0;
  do {
    got = ::recv(descriptor, bytes, count, 0);
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  return got;
}

}  // namespace

DecoderLink::~DecoderLink() { ::close(descriptor_); }

bool DecoderLink::send(LinkMessage message) {
  if (message.text.size() > kLongestMessage / 2) message.text.resize(kLongestMessage / 2);
  Snapshot snapshot;
  snapshot(message);
  const std::string bytes = snapshot.take();
  return send_all(descriptor_, bytes.data(), bytes.size()) > 0;
}

bool DecoderLink::receive(LinkMessage& message) {
  std::array<char, kLongestMessage> bytes;
  const ssize_t got = receive_one(descriptor_, bytes.data(), bytes.size());
  if (got <= 0) return false;
  try {
    Snapshot snapshot(std::string_view(bytes.data(), static_cast<std::size_t>(got)));
    snapshot(message);
    snapshot.end();
    return true;
  } catch (const SnapshotError&) {
    return false;
  }
}

bool DecoderLink::send_free_slot() {
  const bool sent = send_all(descriptor_, &kFree, 1, MSG_DONTWAIT) > 0;
  return sent || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool DecoderLink::receive_free_slot() {
  char byte = 0;
  return receive_one(descriptor_, &byte, 1) > 0;
}

FrameRing::FrameRing(std::size_t slot_bytes)
    : descriptor_(::memfd_create("heddle-frames", MFD_CLOEXEC)), slot_bytes_(slot_bytes) {
  const auto size = static_cast<off_t>(kSlots * slot_bytes);
  if (descriptor_ < 0 || ::ftruncate(descriptor_, size) != 0) {
    throw std::system_error(errno, std::generic_category(), "memory for decoded frames");
  }
  map();
}

FrameRing::FrameRing(int descriptor, std::size_t slot_bytes)
    : descriptor_(descriptor), slot_bytes_(slot_bytes) {
  map();
}

void FrameRing::map() {
  void* memory =
      ::mmap(nullptr, kSlots * slot_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "mapping decoded frames");
  }
  memory_ = static_cast<std::uint8_t*>(memory);
}

FrameRing::~FrameRing() {
  ::munmap(memory_, kSlots * slot_bytes_);
  ::close(descriptor_);
}

std::span<std::uint8_t> FrameRing::slot(std::uint32_t number) const {
  return {memory_ + number * slot_bytes_, slot_bytes_};
}

}  // namespace heddle::io
