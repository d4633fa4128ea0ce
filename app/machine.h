#pragma once
// Where and when something was measured.

#include <string>

namespace heddle::app {

/// The processor as /proc/cpuinfo names it.
std::string processor_name();
/// Of today, UTC: 2026-11-30.
std::string today();

}  // namespace heddle::app
