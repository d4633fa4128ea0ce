#pragma once
// 'did you mean': the closest of a list of names, for unknown options, formats and models.

#include <span>
#include <string>
#include <string_view>

namespace heddle::app {

/// The name with the smallest edit distance to `word`, or empty when none is near (more than a
/// third of its letters differ).
std::string nearest(std::string_view word, std::span<const std::string> names);

}  // namespace heddle::app
