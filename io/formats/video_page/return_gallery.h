#pragma once
// What identities looked like before they went away and when they came back: crops that a person
// can judge. Of all returns the kMost with the longest absence are kept, at most kMostOfOne an
// identity. Memory: these, and one small crop of each identity that was told of in the last minute.

#include "io/formats/video_page/identity_log.h"
#include "io/formats/video_page/jpeg.h"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace heddle::io {

class ReturnGallery {
 public:
  static constexpr std::size_t kMost = 24;
  static constexpr std::ptrdiff_t kMostOfOne = 3;  // a box that flickers must not fill the page
  static constexpr int kSide = 128;                // pixels of a crop's longer side

  struct Entry {
    Return what;
    Picture before, after;
  };

  /// Every frame, with what came back in it. The frame's pixels may be absent.
  void see(const Frame& frame, std::span<const Record> records, std::span<const Return> returns);

  /// By the time of return.
  std::vector<Entry> entries() const;

 private:
  struct Look {
    Picture picture;
    double seconds = 0;    // of the picture
    double mentioned = 0;  // last told of, also as lost
  };
  void keep(Entry entry);
  void forget(double seconds);

  std::map<std::int64_t, Look> looks_;
  std::vector<Entry> entries_;
  std::int64_t frames_ = 0;
};

}  // namespace heddle::io
