#include "pipeline/encoders/frames.h"

#include <utility>

namespace heddle::pipeline {

bool FrameFeed::next(Item& item) {
  if (most_ > 0 && given_ == most_) return false;
  std::optional<io::Sample> sample = source_.next();
  if (!sample) return false;
  item.frame = std::move(std::get<io::Frame>(*sample));
  item.bytes = item.frame->bgr.size();
  last_ = item.frame->number;
  if (given_++ == 0 && first_) first_(*item.frame);
  return true;
}

}  // namespace heddle::pipeline
