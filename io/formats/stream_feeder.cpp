#include "io/formats/stream_feeder.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

namespace heddle::io {

StreamFeeder::StreamFeeder(PeekedInput& input) : input_(input) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  reader_ = pair[0];
  writer_ = pair[1];
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  if (stop_ < 0) {
    const int reason = errno;
    ::close(reader_);
    ::close(writer_);
    throw std::system_error(reason, std::generic_category(), "eventfd");
  }
  thread_ = std::thread([this] { copy(); });
}

StreamFeeder::~StreamFeeder() {
  if (thread_.joinable()) {
    ::eventfd_write(stop_, 1);
    thread_.join();
  }
  ::close(stop_);
}

const std::string& StreamFeeder::finish() {
  if (thread_.joinable()) thread_.join();
  rethrow_failure();
  return tail_;
}

void StreamFeeder::rethrow_failure() const {
  if (failed_.load(std::memory_order_acquire)) std::rethrow_exception(error_);
}

bool StreamFeeder::wait_for_input() const {
  if (input_.position() < static_cast<std::int64_t>(input_.head().size())) return true;
  pollfd events[] = {{input_.descriptor(), POLLIN, 0},
                     {stop_, POLLIN, 0},
                     {input_.stop_descriptor(), POLLIN, 0}};  // the read then throws
  while (::poll(events, 3, -1) < 0 && errno == EINTR) {
  }
  return events[1].revents == 0;
}

bool StreamFeeder::send_all(std::span<const std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(writer_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;  // the reader has closed its end
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

void StreamFeeder::copy() {
  try {
    std::vector<std::uint8_t> buffer(1 << 16);
    while (wait_for_input()) {
      const std::size_t got = input_.read(buffer);
      const std::span<const std::uint8_t> bytes(buffer.data(), got);
      position_.fetch_add(static_cast<std::int64_t>(got), std::memory_order_relaxed);
      tail_.append(bytes.begin() + (got - std::min(got, kTailBytes)), bytes.end());
      tail_.erase(0, tail_.size() - std::min(tail_.size(), kTailBytes));
      if (got == 0 || !send_all(bytes)) break;
    }
  } catch (...) {
    error_ = std::current_exception();
    failed_.store(true, std::memory_order_release);
  }
  ::close(writer_);
}

}  // namespace heddle::io
