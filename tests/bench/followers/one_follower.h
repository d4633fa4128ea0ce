#pragma once
// A tracker of one object as the bench sees it, whoever wrote it.

#include "io/sample.h"
#include "pipeline/occlusion_suite/score.h"

#include <memory>
#include <string>

namespace heddle::bench {

class OneFollower {
 public:
  virtual ~OneFollower() = default;
  virtual void start(const io::Frame& frame, const pipeline::Box& box) = 0;
  virtual pipeline::Said step(const io::Frame& frame) = 0;
};

/// "csrt" or "kcf" of OpenCV's contributed modules; null where this build has none of that name.
std::unique_ptr<OneFollower> make_peer(const std::string& name);

}  // namespace heddle::bench
