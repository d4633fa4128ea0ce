#include "app/serve/streams/newest_picture.h"

#include "io/formats/jpeg.h"

#include <utility>

namespace heddle::app::serve {

void NewestPicture::put(io::Frame frame) {
  auto newest = std::make_shared<const io::Frame>(std::move(frame));
  const std::scoped_lock lock(mutex_);
  newest_.swap(newest);
}

std::optional<Picture> NewestPicture::get(int width, std::int64_t after) {
  std::shared_ptr<const io::Frame> frame;
  {
    const std::scoped_lock lock(mutex_);
    if (!newest_ || newest_->number <= after) return std::nullopt;
    if (made_.jpeg && made_.frame == newest_->number && made_width_ == width) return made_;
    frame = newest_;
  }
  Picture made{std::make_shared<const std::string>(io::jpeg_of(*frame, width)),
               frame->number,
               frame->seconds};
  const std::scoped_lock lock(mutex_);
  made_ = made;
  made_width_ = width;
  return made;
}

std::size_t NewestPicture::bytes() const {
  const std::scoped_lock lock(mutex_);
  return (newest_ ? newest_->bgr.size() : 0) + (made_.jpeg ? made_.jpeg->size() : 0);
}

}  // namespace heddle::app::serve
