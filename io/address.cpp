#include "io/address.h"

#include <algorithm>
#include <cctype>

namespace heddle::io {

std::string scheme_of(std::string_view uri) {
  const auto of_scheme = [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '+' || letter == '-' || letter == '.';
  };
  const std::size_t end = uri.find("://");
  if (end == uri.npos ||
      !std::all_of(uri.begin(), uri.begin() + static_cast<std::ptrdiff_t>(end), of_scheme)) {
    return {};
  }
  std::string scheme(uri.substr(0, end));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return scheme;
}

std::string without_password(std::string address) {
  if (scheme_of(address).empty()) return address;
  const std::size_t start = address.find("://") + 3;
  const std::size_t at = address.rfind('@');
  if (at != std::string::npos && at >= start) address.replace(start, at - start, "***");
  return address;
}

}  // namespace heddle::io
