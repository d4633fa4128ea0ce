#include "tests/bench/followers/one_follower.h"

#include <opencv2/core.hpp>
#include <opencv2/tracking.hpp>

#include <cmath>

namespace heddle::bench {
namespace {

cv::Mat matrix_of(const io::Frame& frame) {
  return {frame.height,
          frame.width,
          CV_8UC3,
          const_cast<std::uint8_t*>(frame.bgr.data())};  // NOLINT: read only
}

class Peer : public OneFollower {
 public:
  explicit Peer(cv::Ptr<cv::Tracker> tracker) : tracker_(std::move(tracker)) {}
  void start(const io::Frame& frame, const pipeline::Box& box) override {
    box_ = cv::Rect(static_cast<int>(std::lround(box.x)),
                    static_cast<int>(std::lround(box.y)),
                    static_cast<int>(std::lround(box.width)),
                    static_cast<int>(std::lround(box.height)));
    tracker_->init(matrix_of(frame), box_);
  }
  /// Where it gives up, its last box stands.
  pipeline::Said step(const io::Frame& frame) override {
    cv::Rect box = box_;
    const bool claimed = tracker_->update(matrix_of(frame), box);
    if (claimed) box_ = box;
    return {{static_cast<double>(box_.x),
             static_cast<double>(box_.y),
             static_cast<double>(box_.width),
             static_cast<double>(box_.height)},
            claimed};
  }

 private:
  cv::Ptr<cv::Tracker> tracker_;
  cv::Rect box_;
};

}  // namespace

std::unique_ptr<OneFollower> make_peer(const std::string& name) {
  if (name == "csrt") return std::make_unique<Peer>(cv::TrackerCSRT::create());
  if (name == "kcf") return std::make_unique<Peer>(cv::TrackerKCF::create());
  return nullptr;
}

}  // namespace heddle::bench
