#include "app/serve/streams/upload_parts.h"

#include <stdexcept>
#include <utility>

namespace heddle::app::serve {

std::shared_ptr<UploadWindow> UploadDesk::begin() {
  const std::scoped_lock lock(mutex_);
  if (current_ || closed_) return nullptr;
  current_ = std::make_shared<UploadWindow>();
  taken_ = false;
  changed_.notify_all();
  return current_;
}

std::shared_ptr<UploadWindow> UploadDesk::wait(const std::function<void()>& waits) {
  std::unique_lock lock(mutex_);
  if (!closed_ && !current_) {
    lock.unlock();
    waits();
    lock.lock();
  }
  changed_.wait(lock, [this] { return closed_ || (current_ && !taken_); });
  if (closed_) return nullptr;
  taken_ = true;
  return current_;
}

void UploadDesk::done() {
  const std::scoped_lock lock(mutex_);
  current_.reset();
}

void UploadDesk::close() {
  std::shared_ptr<UploadWindow> last;  // told outside of the lock
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    last = current_;
    if (!taken_) current_.reset();
    if (last && !taken_) last->opened();  // nobody will: its bytes go nowhere
    changed_.notify_all();
  }
  if (last) last->conclude({"the stream ended before the upload was read", true});
}

std::size_t UploadDesk::bytes() const {
  const std::scoped_lock lock(mutex_);
  return current_ ? current_->bytes() : 0;
}

UploadParts::UploadParts(OpenPath open,
                         std::shared_ptr<UploadDesk> desk,
                         Halt& halt,
                         InputNews news)
    : open_(std::move(open)), desk_(std::move(desk)), halt_(halt), news_(std::move(news)) {}

/// People know no /dev/fd/7.
std::string UploadParts::refuse(TroubleCode code, std::string message) {
  for (auto at = message.find(path_); at != message.npos; at = message.find(path_)) {
    message.replace(at, path_.size(), name());
  }
  if (!halt_.raised()) news_.trouble({code, message});
  return message;
}

std::unique_ptr<io::Source> UploadParts::next() {
  while ((window_ = desk_->wait(news_.waits))) {
    path_ = window_->path();
    try {
      auto source = open_(path_, halt_.descriptor());
      window_->opened();
      return source;
    } catch (const std::runtime_error& error) {
      window_->opened();
      if (halt_.raised()) break;  // whoever halted it tells the sender
      window_->conclude({refuse("upload_refused", error.what())});
      desk_->done();
    }
    if (halt_.raised()) break;
  }
  return nullptr;
}

bool UploadParts::go_on(const std::string& error) {
  UploadWindow::End end;
  if (window_->cut()) {
    end.why = refuse("upload_cut", "the connection broke before the upload was whole");
  } else if (!error.empty()) {
    end.why = refuse("upload_broke", error);
  } else {
    news_.mended();
  }
  window_->conclude(end);
  window_.reset();
  desk_->done();
  return true;
}

}  // namespace heddle::app::serve
