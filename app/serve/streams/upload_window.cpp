#include "app/serve/streams/upload_window.h"

#include "pipeline/threads.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace heddle::app::serve {
namespace {

constexpr std::size_t kPipeBytes = 1 << 20;  // fewer changes between the two threads

}  // namespace

UploadWindow::UploadWindow() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "an upload's pipe");
  }
  read_ = ends[0];
  write_ = ends[1];
  ::fcntl(write_, F_SETPIPE_SZ, static_cast<int>(kPipeBytes));
  pump_ = pipeline::own_thread([this] { pump(); });
}

UploadWindow::~UploadWindow() {
  opened();
  {
    const std::scoped_lock lock(mutex_);
    finished_ = unread_ = true;
    wake_ = nullptr;
    changed_.notify_all();
  }
  pump_.join();
}

std::size_t UploadWindow::offer(std::span<const char> bytes) {
  const std::scoped_lock lock(mutex_);
  if (unread_) return bytes.size();
  const std::size_t taken = std::min(bytes.size(), kBytes - held());
  waiting_.append(bytes.data(), taken);
  changed_.notify_all();
  return taken;
}

void UploadWindow::on_room(std::function<void()> wake) {
  {
    const std::scoped_lock lock(mutex_);
    if (held() == kBytes && !unread_) {
      wake_ = std::move(wake);
      return;
    }
  }
  wake();
}

void UploadWindow::finish(bool cut) {
  const std::scoped_lock lock(mutex_);
  finished_ = true;
  cut_ = cut_ || cut;
  changed_.notify_all();
}

bool UploadWindow::settled(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  if (!end_) settled_ = std::move(wake);
  return end_.has_value();
}

UploadWindow::End UploadWindow::end() const {
  const std::scoped_lock lock(mutex_);
  return end_.value_or(End{});
}

void UploadWindow::conclude(End end) {
  std::function<void()> wake;
  {
    const std::scoped_lock lock(mutex_);
    if (end_) return;
    end_ = std::move(end);
    wake = std::exchange(settled_, nullptr);
  }
  if (wake) wake();
}

std::string UploadWindow::path() const { return "/dev/fd/" + std::to_string(read_); }

void UploadWindow::opened() {
  const std::scoped_lock lock(mutex_);
  if (read_ >= 0) ::close(read_);
  read_ = -1;
}

bool UploadWindow::cut() const {
  const std::scoped_lock lock(mutex_);
  return cut_;
}

std::size_t UploadWindow::bytes() const {
  const std::scoped_lock lock(mutex_);
  return held();
}

void UploadWindow::tell_room(std::size_t written) {
  std::function<void()> wake;
  {
    const std::scoped_lock lock(mutex_);
    pumped_ -= written;
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
}

bool UploadWindow::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(write_, bytes.data(), std::min(bytes.size(), kPipeBytes));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    tell_room(static_cast<std::size_t>(put));
  }
  return true;
}

void UploadWindow::pump() {
  sigset_t pipe_signal;  // a reader that has gone is an error of write(), no more
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
  for (;;) {
    std::string bytes;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return finished_ || !waiting_.empty(); });
      if (waiting_.empty() || unread_) break;
      bytes.swap(waiting_);
      pumped_ = bytes.size();
    }
    if (write_all(bytes)) continue;
    const std::scoped_lock lock(mutex_);
    unread_ = true;
    waiting_.clear();
    pumped_ = 0;
    break;
  }
  ::close(write_);
  tell_room(0);
}

}  // namespace heddle::app::serve
