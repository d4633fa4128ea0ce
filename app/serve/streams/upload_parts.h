#pragma once
// Uploads as the parts of a stream: the server lays one on the desk, the stream reads it to its
// end, then the next may come.

#include "app/serve/streams/parts.h"
#include "app/serve/streams/upload_window.h"

#include <condition_variable>
#include <memory>
#include <mutex>

namespace heddle::app::serve {

/// Threads: any.
class UploadDesk {
 public:
  /// Null: one is under way, or none is taken any more.
  std::shared_ptr<UploadWindow> begin();
  /// Waits for it; `waits` is called first where none is there. Null: closed.
  std::shared_ptr<UploadWindow> wait(const std::function<void()>& waits);
  void done();
  void close();
  std::size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<UploadWindow> current_;
  bool taken_ = false;  // by wait()
  bool closed_ = false;
};

/// Opens a path; see OpenSource.
using OpenPath =
    std::function<std::unique_ptr<io::Source>(const std::string& path, int stop_descriptor)>;

class UploadParts final : public Parts {
 public:
  UploadParts(OpenPath open, std::shared_ptr<UploadDesk> desk, Halt& halt, InputNews news);

  std::unique_ptr<io::Source> next() override;
  bool go_on(const std::string& error) override;
  std::string name() const override { return "the upload"; }

 private:
  /// Tells it; returns the message as it was told.
  std::string refuse(TroubleCode code, std::string message);

  const OpenPath open_;
  const std::shared_ptr<UploadDesk> desk_;
  Halt& halt_;
  const InputNews news_;
  std::shared_ptr<UploadWindow> window_;
  std::string path_;
};

}  // namespace heddle::app::serve
