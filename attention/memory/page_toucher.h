#pragma once
// A thread that reads one byte of every page of some stretches of memory, so that they are at hand
// when somebody needs them. Starts with the first request; ends with the object.
// Threads: one caller at a time. Allocates at construction and at the first request only.
// Errors: none; pages that cannot be read fault where they are used.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>

namespace heddle::attention {

class PageToucher {
 public:
  PageToucher() = default;
  ~PageToucher();
  PageToucher(const PageToucher&) = delete;
  PageToucher& operator=(const PageToucher&) = delete;

  /// Stretch n is `bytes` bytes from base + (n - first) * bytes; those before `first` are left out.
  /// Waits for the request before it; nothing may write there, and `stretches` must stay, until
  /// wait().
  struct Request {
    const std::byte* base = nullptr;
    std::size_t bytes = 0;
    std::span<const std::int64_t> stretches;
    std::int64_t first = 0;
  };
  void touch(const Request& request);
  void wait();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  Request request_;
  bool busy_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace heddle::attention
