#pragma once
// How an output is compared with the stored one. Calls, coordinates, names and everything else must
// be equal byte for byte; a number with a fraction is a measurement (a score, a box) and may differ
// in its last digits, since instruction sets sum in different orders: AVX-512, AVX2 and SSE4.1 move
// gene scores by 0.004 and boxes not at all.

#include <string>
#include <string_view>

namespace heddle {

constexpr double kMeasurementSlack = 0.05;  // absolute, and 1e-5 of the value

/// Empty when the texts are the same but for measurements, else the first line that differs, as
/// 'line 4: ... instead of ...'.
std::string difference(std::string_view found, std::string_view stored);

}  // namespace heddle
