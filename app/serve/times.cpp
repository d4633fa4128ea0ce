#include "app/serve/times.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace heddle::app::serve {

std::string rfc3339(std::chrono::system_clock::time_point when) {
  using std::chrono::milliseconds;
  const auto whole = std::chrono::floor<std::chrono::seconds>(when);
  const long fraction = std::chrono::duration_cast<milliseconds>(when - whole).count();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03ldZ", fraction);
  return text.data();
}

double seconds_between(std::chrono::system_clock::time_point from,
                       std::chrono::system_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace heddle::app::serve
