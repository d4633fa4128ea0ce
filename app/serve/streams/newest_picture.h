#pragma once
// The newest frame of a stream, as a JPEG for whoever asks. A frame is handed over, not copied, and
// encoded only when it is asked for, in the thread that asks; several who ask share it.
// Threads: any.

#include "app/serve/stream.h"
#include "io/sample.h"

#include <memory>
#include <mutex>
#include <optional>

namespace heddle::app::serve {

class NewestPicture {
 public:
  void put(io::Frame frame);
  std::optional<Picture> get(int width, std::int64_t after);
  std::size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const io::Frame> newest_;
  Picture made_;
  int made_width_ = 0;
};

}  // namespace heddle::app::serve
