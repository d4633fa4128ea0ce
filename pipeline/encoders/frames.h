#pragma once
// Frames of a video source as items: one item a frame, its pixels counted against the limit. Reader
// thread only.

#include "io/source.h"
#include "pipeline/feed.h"

#include <functional>
#include <utility>

namespace heddle::pipeline {

class FrameFeed : public Feed {
 public:
  /// `source` must give Frame samples and outlive the feed. Stops after `most` frames when most >
  /// 0.
  /// `first` is shown the first frame; what it throws ends the run.
  explicit FrameFeed(io::Source& source,
                     std::int64_t most = 0,
                     std::function<void(const io::Frame&)> first = {})
      : source_(source), most_(most), first_(std::move(first)) {}
  bool next(Item& item) override;
  std::int64_t position() const override { return source_.position(); }
  /// Number of the last frame that was read, also where the graph has dropped it; -1: none. Behind
  /// the run.
  std::int64_t last() const { return last_; }

 private:
  io::Source& source_;
  const std::int64_t most_;
  const std::function<void(const io::Frame&)> first_;
  std::int64_t given_ = 0;
  std::int64_t last_ = -1;
};

}  // namespace heddle::pipeline
