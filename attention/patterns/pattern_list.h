#pragma once
// THE LIST of patterns: what the grammar reads and `heddle info` prints. A new pattern is a pair of
// files and a row in pattern_list.cpp. Threads: constant.
// Errors: make() throws std::invalid_argument.

#include "attention/patterns/pattern.h"

#include <span>
#include <string_view>

namespace heddle::attention {

class CallArguments;

struct PatternRow {
  std::string_view name;
  std::string_view usage;        // as written in a config
  std::string_view description;  // one line
  /// Makes the pattern of a call `name(arguments)`; null for what the grammar itself composes.
  Pattern (*make)(CallArguments& arguments) = nullptr;
};

std::span<const PatternRow> pattern_rows();

}  // namespace heddle::attention
