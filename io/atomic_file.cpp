#include "io/atomic_file.h"

#include "io/durable_name.h"
#include "io/open_partials.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace heddle::io {
namespace {

constexpr std::size_t kBufferBytes = 1 << 18;
constexpr int kTries = 100;  // to be the one who locks the partial file

// Fails with EEXIST where `to` exists. Result and errno as of rename(2).
int rename_without_replacing(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  // An older kernel or file system; nearly all of those have hard links.
  return ::link(from.c_str(), to.c_str()) == 0 ? ::unlink(from.c_str()) : -1;
}

}  // namespace

AtomicFile::AtomicFile(std::string path, bool overwrite, bool to_continue)
    : path_(std::move(path)), overwrite_(overwrite), to_continue_(to_continue) {
  if (path_ == "-") {
    if (to_continue_) fail("cannot be continued; name a file with -o", 0);
    direct_ = true;
    descriptor_ = STDOUT_FILENO;
    working_path_ = "/dev/stdout";
    return;
  }
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail("is a folder; name a file in it", 0);
  direct_ = exists && !S_ISREG(status.st_mode);
  if (direct_ && to_continue_) fail("is no file and cannot be continued", 0);
  if (!overwrite && !direct_ && ::lstat(path_.c_str(), &status) == 0) {  // a dangling link exists
    fail("exists; give another name, or -y to replace it", 0);
  }
  if (direct_) {
    working_path_ = path_;
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor_ < 0) fail("cannot be opened for writing", errno);
  } else {
    open_partial();
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  try {
    flush();
  } catch (const OutputError&) {
    // The run has failed already and says why; the partial file holds what could be written.
  }
  if (!direct_) remove_if_empty(working_path_, descriptor_);
  forget_partial(descriptor_);
  if (descriptor_ != STDOUT_FILENO) ::close(descriptor_);
}

void AtomicFile::fail(const std::string& what, int reason) const {
  throw OutputError((path_ == "-" ? "standard output" : path_) + ": " + what +
                    (reason != 0 ? std::string(": ") + std::strerror(reason) : std::string()));
}

void AtomicFile::open_partial() {
  working_path_ = path_ + ".partial";
  lock_partial();
  // Between our open() and our lock another run may have finished, and given the file that we
  // opened its final name: then it is that run's result, and ours is a new one.
  for (int tries = 1; !name_leads_to(working_path_, descriptor_); ++tries) {
    if (tries == kTries) give_up("other runs keep taking " + working_path_ + " away", 0);
    ::close(descriptor_);
    lock_partial();
  }
  // Truncated only once it is ours: two runs with one output name must not mix their bytes.
  if (!to_continue_ && ::ftruncate(descriptor_, 0) != 0) {
    give_up("cannot be written (as " + working_path_ + ")", errno);
  }
  note_partial(descriptor_, working_path_);
}

void AtomicFile::lock_partial() {
  descriptor_ =
      ::open(working_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (descriptor_ < 0) fail("cannot be written (as " + working_path_ + ")", errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    give_up("another run is writing " + working_path_, errno);
  }
}

void AtomicFile::give_up(const std::string& what, int reason) {
  ::close(descriptor_);
  descriptor_ = -1;
  fail(what, reason);
}

void AtomicFile::write(std::string_view bytes) {
  if (finished()) throw std::logic_error(path_ + ": written after its end");
  buffer_.append(bytes);
  if (bytes.ends_with('\n')) ends_.push_back(buffer_.size());
  if (buffer_.size() >= kBufferBytes) flush();
}

/// How much of what was `written` of the buffer may stay: up to the last record's end, else (within
/// a long record) the last line's.
std::size_t AtomicFile::whole_records(std::size_t written) const {
  const auto next = std::upper_bound(ends_.begin(), ends_.end(), written);
  if (next != ends_.begin()) return *std::prev(next);
  if (at_end_) return 0;
  const std::size_t line = std::string_view(buffer_).substr(0, written).rfind('\n');
  return line == std::string_view::npos ? written : line + 1;
}

/// After a failure: the beginning of a record that could not be written whole goes back into the
/// buffer.
void AtomicFile::take_back(std::size_t written, std::uint32_t sum_before) {
  std::size_t kept = direct_ ? written : whole_records(written);
  const std::int64_t end = size_ - static_cast<std::int64_t>(written - kept);
  if (kept < written && ::ftruncate(descriptor_, end) == 0 &&
      ::lseek(descriptor_, end, SEEK_SET) == end) {
    size_ = end;
    sum_ = static_cast<std::uint32_t>(::crc32(
        sum_before, reinterpret_cast<const Bytef*>(buffer_.data()), static_cast<uInt>(kept)));
  } else {
    kept = written;
  }
  if (kept > 0) at_end_ = std::binary_search(ends_.begin(), ends_.end(), kept);
  buffer_.erase(0, kept);
  std::erase_if(ends_, [kept](std::size_t end_of_one) { return end_of_one <= kept; });
  for (std::size_t& end_of_one : ends_) end_of_one -= kept;
}

void AtomicFile::flush() {
  if (to_continue_) return;
  std::string_view rest = buffer_;
  const std::uint32_t sum_before = sum_;
  while (!rest.empty()) {
    const ssize_t put = ::write(descriptor_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {  // standard output, made non-blocking by whoever shares it
      pollfd room{descriptor_, POLLOUT, 0};
      ::poll(&room, 1, -1);
      continue;
    }
    if (put < 0) {
      const int reason = errno;
      take_back(buffer_.size() - rest.size(), sum_before);
      if (reason == EPIPE) throw ClosedPipe(path_ + ": its reader has closed the pipe");
      fail("cannot be written", reason);
    }
    sum_ = static_cast<std::uint32_t>(
        ::crc32(sum_, reinterpret_cast<const Bytef*>(rest.data()), static_cast<uInt>(put)));
    size_ += put;
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (!buffer_.empty()) at_end_ = buffer_.back() == '\n';
  buffer_.clear();
  ends_.clear();
}

void AtomicFile::snapshot(Snapshot& snapshot) {
  if (!snapshot.loading()) {
    flush();
    if (::fdatasync(descriptor_) != 0) fail("cannot be made durable", errno);
    if (!direct_) make_name_durable(path_);  // the name NAME.partial may be new
  }
  std::int64_t size = size_;
  std::uint32_t sum = sum_;
  snapshot(size, sum);
  if (!snapshot.loading()) return;
  struct stat status {};
  const bool there = ::fstat(descriptor_, &status) == 0 && status.st_size >= size;
  if (!there || sum_up_to(size, 0, 0) != sum) {
    fail("cannot be continued: " + working_path_ + " does not hold the " + std::to_string(size) +
             " bytes that the journal tells of; -y without --resume starts anew",
         0);
  }
  continue_at(size);
  size_ = size;
  sum_ = sum;
}

void AtomicFile::continue_at(std::int64_t size) {
  if (::ftruncate(descriptor_, size) != 0 || ::lseek(descriptor_, size, SEEK_SET) != size) {
    fail("cannot be continued (as " + working_path_ + ")", errno);
  }
  buffer_.clear();
  ends_.clear();
  at_end_ = true;
  to_continue_ = false;
}

void AtomicFile::note_written(std::int64_t size) {
  sum_ = sum_up_to(size, size_, sum_);
  size_ = size;
}

std::uint32_t AtomicFile::sum_up_to(std::int64_t end, std::int64_t begin, std::uint32_t sum) const {
  std::array<Bytef, 1 << 16> chunk{};
  for (std::int64_t at = begin; at < end;) {
    const auto wanted = std::min<std::int64_t>(end - at, chunk.size());
    const ssize_t got = ::pread(descriptor_, chunk.data(), static_cast<std::size_t>(wanted), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("cannot be read again (as " + working_path_ + ")", got < 0 ? errno : EIO);
    sum = static_cast<std::uint32_t>(::crc32(sum, chunk.data(), static_cast<uInt>(got)));
    at += got;
  }
  return sum;
}

void AtomicFile::commit() {
  sync();
  if (!direct_) {
    take_name();
    make_name_durable(path_);
  }
  close();
}

void AtomicFile::take_name() const {
  const int result = overwrite_ ? ::rename(working_path_.c_str(), path_.c_str())
                                : rename_without_replacing(working_path_, path_);
  if (result == 0) return;
  if (!overwrite_ && errno == EEXIST) {
    fail("appeared during the run and is not replaced; the result is " + working_path_, 0);
  }
  fail("cannot take its name from " + working_path_, errno);
}

void AtomicFile::keep_partial() {
  sync();
  if (!direct_) remove_if_empty(working_path_, descriptor_);
  close();
}

void AtomicFile::sync() {
  if (finished()) throw std::logic_error(path_ + ": finished twice");
  flush();
  if (!direct_ && ::fsync(descriptor_) != 0) fail("cannot be made durable", errno);
}

// The last place where a network file system or a full quota can say no.
void AtomicFile::close() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  forget_partial(descriptor);
  if (descriptor != STDOUT_FILENO && ::close(descriptor) != 0 && errno != EINTR) {
    fail("cannot be closed", errno);
  }
}

}  // namespace heddle::io
