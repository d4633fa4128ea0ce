#pragma once
// Where and when something was measured.

#include <cstdint>
#include <string>

namespace heddle::app {

/// The processor as /proc/cpuinfo names it.
std::string processor_name();
/// The most memory that this process has held at once, in bytes (VmHWM), since it began or since
/// forget_peak_memory(); 0 where the system does not tell.
std::int64_t peak_memory();
/// Where the system does not let us, the peak stays the one since the process began.
void forget_peak_memory();
/// Of today, UTC: 2026-11-30.
std::string today();

}  // namespace heddle::app
