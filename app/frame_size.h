#pragma once
// Sizes of frames as options give them.

#include <optional>
#include <string_view>

namespace heddle::app {

struct FrameSize {
  int width = 0, height = 0;  // pixels, 1 or more
};

/// "1920x1080"; nothing where that is no size, or a side is longer than `longest`.
std::optional<FrameSize> frame_size(std::string_view text, int longest);
/// "640": both sides.
std::optional<FrameSize> square_size(std::string_view text, int longest);

}  // namespace heddle::app
