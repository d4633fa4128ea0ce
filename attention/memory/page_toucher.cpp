#include "attention/memory/page_toucher.h"

namespace heddle::attention {
namespace {

constexpr std::size_t kPage = 4096;

void touch_pages(const PageToucher::Request& request) {
  for (const std::int64_t stretch : request.stretches) {
    if (stretch < request.first) continue;
    const auto number = static_cast<std::size_t>(stretch - request.first);
    const std::byte* begin = request.base + number * request.bytes;
    for (std::size_t i = 0; i < request.bytes; i += kPage) {
      // volatile: a read whose value nobody wants must still happen
      static_cast<void>(*static_cast<const volatile std::byte*>(begin + i));
    }
  }
}

}  // namespace

PageToucher::~PageToucher() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PageToucher::touch(const Request& request) {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
  request_ = request;
  busy_ = true;
  changed_.notify_all();
}

void PageToucher::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
}

void PageToucher::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return busy_ || ending_; });
    if (ending_) return;
    const Request request = request_;
    lock.unlock();
    touch_pages(request);
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace heddle::attention
