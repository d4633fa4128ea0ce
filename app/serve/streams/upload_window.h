#pragma once
// An upload on its way into a source: the server fills a window of 8 MiB, a thread empties it into
// a pipe, the source reads the pipe by its name. Threads: any.

#include "app/serve/stream.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace heddle::app::serve {

class UploadWindow final : public Upload {
 public:
  static constexpr std::size_t kBytes = std::size_t{8} << 20;

  /// Throws std::system_error where the process has no descriptor left.
  UploadWindow();
  ~UploadWindow() override;
  UploadWindow(const UploadWindow&) = delete;
  UploadWindow& operator=(const UploadWindow&) = delete;

  /// Once nobody reads any more, all bytes are taken and lost.
  std::size_t offer(std::span<const char> bytes) override;
  /// Calls at once where there is room already.
  void on_room(std::function<void()> wake) override;
  void finish(bool cut) override;
  bool settled(std::function<void()> wake) override;
  End end() const override;

  /// What io::open_source() opens, before opened().
  std::string path() const;
  /// The source has its own descriptor, or there will be none.
  void opened();
  /// The stream is through with it. The first call counts.
  void conclude(End end);
  bool cut() const;
  std::size_t bytes() const;  // that wait, here or with the pump

 private:
  void pump();
  bool write_all(std::string_view bytes);
  void tell_room(std::size_t written);
  std::size_t held() const { return waiting_.size() + pumped_; }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  std::size_t pumped_ = 0;  // bytes that the pump took and has not written yet
  std::function<void()> wake_;
  bool finished_ = false;
  bool cut_ = false;
  bool unread_ = false;  // nobody reads
  std::optional<End> end_;
  std::function<void()> settled_;
  int read_ = -1;
  int write_ = -1;
  std::thread pump_;
};

}  // namespace heddle::app::serve
