#include "io/peeked_input.h"

#include "io/address.h"
#include "io/interrupted_error.h"
#include "io/read_error.h"
#include "io/served_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace heddle::io {
namespace {

// Non-blocking: to open a named pipe must not wait for its writer, where no stop is noticed.
int open_path(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor >= 0) return descriptor;
  const int reason = errno;
  if (!scheme_of(path).empty()) {
    throw InputError(without_password(path) +
                     ": network addresses are not read by this command; name a file, or - for "
                     "standard input");
  }
  throw InputError(path + ": cannot be opened: " + std::strerror(reason));
}

}  // namespace

std::unique_ptr<PeekedInput> PeekedInput::open(const std::string& uri, int stop_descriptor) {
  const bool standard = uri == "-";
  std::unique_ptr<PeekedInput> input(new PeekedInput(standard ? STDIN_FILENO : open_path(uri),
                                                     standard ? "standard input" : uri,
                                                     stop_descriptor));
  struct stat status {};
  if (::fstat(input->descriptor_, &status) != 0) {
    throw InputError(input->name_ + ": cannot be opened: " + std::strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) throw InputError(input->name_ + ": is a folder; name a file in it");
  // A redirected file may have been read in part by someone before us: then it is a stream.
  if (S_ISREG(status.st_mode) && ::lseek(input->descriptor_, 0, SEEK_CUR) == 0) {
    input->size_ = status.st_size;
  }
  input->read_head();
  return input;
}

std::unique_ptr<PeekedInput> PeekedInput::open_served() {
  std::unique_ptr<PeekedInput> input(new PeekedInput(STDIN_FILENO, "standard input", -1));
  input->size_ = served_size(STDIN_FILENO);
  input->served_at_ = 0;
  input->read_head();
  return input;
}

void PeekedInput::read_head() {
  std::vector<std::uint8_t> head(kHeadBytes);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = read_descriptor(std::span(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  head_ = std::move(head);
}

PeekedInput::PeekedInput(int descriptor, std::string name, int stop_descriptor)
    : descriptor_(descriptor), name_(std::move(name)), stop_descriptor_(stop_descriptor) {}

PeekedInput::~PeekedInput() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::size_t PeekedInput::read(std::span<std::uint8_t> buffer) {
  if (buffer.empty()) throw std::logic_error("PeekedInput::read needs room for a byte");
  const auto at = static_cast<std::size_t>(position_);
  std::size_t got = 0;
  if (at < head_.size()) {
    got = std::min(buffer.size(), head_.size() - at);
    std::copy_n(head_.data() + at, got, buffer.data());
  } else {
    got = read_descriptor(buffer);
  }
  position_ += static_cast<std::int64_t>(got);
  return got;
}

void PeekedInput::seek(std::int64_t offset) {
  if (!seekable() || offset < 0) throw std::logic_error("PeekedInput::seek on a stream");
  const auto from = std::max(offset, static_cast<std::int64_t>(head_.size()));
  if (served_at_ >= 0) {
    served_at_ = from;
  } else if (::lseek(descriptor_, from, SEEK_SET) < 0) {
    throw ReadError(name_ + ": cannot seek to byte " + std::to_string(offset) + ": " +
                    std::strerror(errno));
  }
  position_ = offset;
}

// Before a named pipe has had a writer, poll() waits, while read() would report the end.
void PeekedInput::wait_for_bytes() {
  pollfd events[] = {{descriptor_, POLLIN, 0}, {stop_descriptor_, POLLIN, 0}};
  while (::poll(events, 2, -1) < 0 && errno == EINTR) {
  }
  if (events[1].revents == 0) return;
  interrupted_ = true;
  throw InterruptedError("interrupted while waiting for " + name_);
}

std::size_t PeekedInput::read_descriptor(std::span<std::uint8_t> buffer) {
  if (served_at_ >= 0) {
    try {
      const std::size_t got = served_read(descriptor_, served_at_, buffer);
      served_at_ += static_cast<std::int64_t>(got);
      return got;
    } catch (const ReadError& error) {
      throw ReadError(name_ + ": cannot be read at byte " + std::to_string(served_at_) + ": " +
                      error.what());
    }
  }
  for (;;) {
    if (!seekable()) wait_for_bytes();
    const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) {
      throw ReadError(name_ + ": cannot be read at byte " + std::to_string(position_) + ": " +
                      std::strerror(errno));
    }
  }
}

}  // namespace heddle::io
