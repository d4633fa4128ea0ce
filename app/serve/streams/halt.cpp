#include "app/serve/streams/halt.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace heddle::app::serve {
namespace {

int open_event() {
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return descriptor;
}

}  // namespace

Halt::Halt() : descriptor_(open_event()) {}

Halt::~Halt() { close(); }

int Halt::descriptor() const {
  const std::scoped_lock lock(mutex_);
  return descriptor_;
}

void Halt::close() {
  const std::scoped_lock lock(mutex_);
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Halt::raise() {
  const std::scoped_lock lock(mutex_);
  raised_ = true;
  if (descriptor_ >= 0) ::eventfd_write(descriptor_, 1);
  changed_.notify_all();
}

void Halt::interrupt() {
  const std::scoped_lock lock(mutex_);
  if (descriptor_ >= 0) ::eventfd_write(descriptor_, 1);
}

void Halt::clear() {
  const std::scoped_lock lock(mutex_);
  if (raised_ || descriptor_ < 0) return;
  eventfd_t value = 0;
  ::eventfd_read(descriptor_, &value);
}

bool Halt::raised() const {
  const std::scoped_lock lock(mutex_);
  return raised_;
}

bool Halt::wait(std::chrono::nanoseconds most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [this] { return raised_; });
}

}  // namespace heddle::app::serve
