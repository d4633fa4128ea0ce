#include "app/frame_size.h"

#include <charconv>

namespace heddle::app {
namespace {

std::optional<int> side(std::string_view digits, int longest) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && value > 0 && value <= longest ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<FrameSize> frame_size(std::string_view text, int longest) {
  const std::size_t cross = text.find('x');
  if (cross == text.npos) return std::nullopt;
  const auto width = side(text.substr(0, cross), longest);
  const auto height = side(text.substr(cross + 1), longest);
  return width && height ? std::optional(FrameSize{*width, *height}) : std::nullopt;
}

std::optional<FrameSize> square_size(std::string_view text, int longest) {
  const auto both = side(text, longest);
  return both ? std::optional(FrameSize{*both, *both}) : std::nullopt;
}

}  // namespace heddle::app
