#pragma once
// Instants as text.

#include <chrono>
#include <string>

namespace heddle::app::serve {

/// "2026-11-27T15:08:00.123Z" (RFC 3339).
std::string rfc3339(std::chrono::system_clock::time_point when);
double seconds_between(std::chrono::system_clock::time_point from,
                       std::chrono::system_clock::time_point to);

}  // namespace heddle::app::serve
