// OpenCV's contributed trackers were not found when this was configured.

#include "tests/bench/followers/one_follower.h"

namespace heddle::bench {

std::unique_ptr<OneFollower> make_peer(const std::string& /*name*/) { return nullptr; }

}  // namespace heddle::bench
