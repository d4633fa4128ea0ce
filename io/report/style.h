#pragma once
// The style sheet of reports: one set of colours by name, light and dark; none is fetched.
//
// --c0 .. --c7 keep apart for people who confuse red and green (blue, orange, green, purple, ochre,
// teal, pink, grey) and have a contrast of 3 : 1 or more with --paper in both schemes.

#include <string_view>

namespace heddle::io::report {

constexpr int kColourCount = 8;

/// The variables.
extern const std::string_view kColours;
/// What the classes of Svg look like.
extern const std::string_view kDrawingStyle;
/// The page around the drawings.
extern const std::string_view kPageStyle;

}  // namespace heddle::io::report
