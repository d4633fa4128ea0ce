#include "tests/golden/same_but_measured.h"

#include <cmath>
#include <cstdlib>

namespace heddle {
namespace {

/// 'digits.digits' at the start of `text`, else 0.
std::size_t measurement_length(std::string_view text) {
  const std::size_t point = text.find_first_not_of("0123456789");
  if (point == text.npos || point == 0 || text[point] != '.') return 0;
  const std::size_t end = text.find_first_not_of("0123456789", point + 1);
  const std::size_t length = end == text.npos ? text.size() : end;
  return length > point + 1 ? length : 0;
}

bool near(std::string_view a, std::string_view b) {
  const double x = std::strtod(std::string(a).c_str(), nullptr);
  const double y = std::strtod(std::string(b).c_str(), nullptr);
  return std::abs(x - y) <= kMeasurementSlack + 1e-5 * std::abs(y);
}

bool same_line(std::string_view found, std::string_view stored) {
  bool inside_number = false;  // a measurement is matched from its first digit only
  while (!found.empty() && !stored.empty()) {
    const std::size_t a = inside_number ? 0 : measurement_length(found);
    const std::size_t b = inside_number ? 0 : measurement_length(stored);
    if (a > 0 && b > 0 && near(found.substr(0, a), stored.substr(0, b))) {
      found.remove_prefix(a);
      stored.remove_prefix(b);
      continue;
    }
    if (found.front() != stored.front()) return false;
    inside_number = found.front() >= '0' && found.front() <= '9';
    found.remove_prefix(1);
    stored.remove_prefix(1);
  }
  return found.empty() && stored.empty();
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string difference(std::string_view found, std::string_view stored) {
  for (int number = 1; !found.empty() || !stored.empty(); ++number) {
    const bool one_ended = found.empty() != stored.empty();
    const std::string_view a = take_line(found);
    const std::string_view b = take_line(stored);
    if (!one_ended && same_line(a, b)) continue;
    return "line " + std::to_string(number) + ": '" + std::string(a) + "' instead of '" +
           std::string(b) + "'";
  }
  return "";
}

}  // namespace heddle
