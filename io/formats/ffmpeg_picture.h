#pragma once
// Decoded pictures of any pixel format -> upright BGR24.
// Range and matrix come from the picture's own tags; where it has none, limited range and BT.601
// are taken, as FFmpeg and OpenCV do. Sample aspect ratio and interlacing are left as they are.

#include "io/formats/ffmpeg_handles.h"

#include <cstdint>
#include <vector>

namespace heddle::io {

/// How a stored picture becomes upright: transpose first, then the flips.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;  // left <-> right
  bool flip_y = false;  // top <-> bottom
  bool operator==(const Orientation&) const = default;
};

/// From a display matrix (9 values, 16.16 fixed point); other angles go to the nearest right angle.
Orientation orientation_of(const std::int32_t* matrix);

/// Single-threaded. All results of one converter have the size of its first picture: trackers need
/// one coordinate system, so a picture of another size (a recording that changed resolution) is
/// rescaled to it.
class UprightBgr {
 public:
  explicit UprightBgr(Orientation orientation) : orientation_(orientation) {}
  /// (height(), width(), 3), rows without gaps. Throws std::runtime_error where FFmpeg has no
  /// conversion for the pixel format.
  std::vector<std::uint8_t> convert(const AVFrame& picture);
  int width() const;   // upright; 0 before the first picture
  int height() const;  // upright

 private:
  void prepare(const AVFrame& picture);

  Orientation orientation_;
  FfmpegHandle<SwsContext> scaler_;
  FfmpegHandle<AVFrame> stored_;  // BGR as stored, rows padded: swscale writes past a row's end
  struct Shape {
    int width = 0, height = 0, format = -1, range = 0, matrix = 0;
    bool operator==(const Shape&) const = default;
  } shape_;
};

}  // namespace heddle::io
