#pragma once
// Pictures inside pages: JPEG by FFmpeg, the same bytes for the same pixels.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::io {

/// 8-bit BGR, rows without gaps.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bgr;  // (height, width, 3)

  bool empty() const { return bgr.empty(); }
};

/// The part of a picture of `width` x `height` pixels that `left` .. says (cut to the picture;
/// empty where nothing of it is left), made smaller so that neither side is above `most`.
struct Cut {
  double left = 0, top = 0, width = 0, height = 0;
};
Picture cut_out(std::span<const std::uint8_t> bgr, int width, int height, const Cut& cut, int most);

/// The bytes of a JPEG file; `quality` 2 (best) to 31. Throws OutputError where FFmpeg cannot.
std::string jpeg_of(const Picture& picture, int quality = 4);

}  // namespace heddle::io
