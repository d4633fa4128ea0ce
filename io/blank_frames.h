#pragma once
// Frames without pictures: the clock of a video that is not there, for boxes that were found in it
// by somebody else. Each frame has its number, time and size, and no pixels.

#include "io/source.h"

namespace heddle::io {

struct BlankVideo {
  std::string name;  // of what it is the clock of, for records and messages
  std::int64_t frames = 0;
  double frames_per_second = 30;
  int width = 0, height = 0;
};

class BlankFrames : public Source {
 public:
  explicit BlankFrames(const BlankVideo& video);
  const SourceInfo& info() const override { return info_; }
  std::optional<Sample> next() override;
  std::int64_t position() const override { return given_; }

 private:
  SourceInfo info_;
  std::int64_t given_ = 0;
};

}  // namespace heddle::io
