#include "io/read_filter.h"

#include "io/error.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>

namespace heddle::io {
namespace {

/// A whole number of at most 15 digits; -1 for anything else.
std::int64_t number_of(std::string_view text) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && text.size() <= 15 && text[0] != '-' ? value : -1;
}

bool is_comment(std::string_view line) {
  return line.empty() || line[0] == '#' || line.starts_with("track ") ||
         line.starts_with("browser ");
}

/// The next column; `line` becomes what is behind it.
std::string_view take_column(std::string_view& line) {
  const std::size_t end = std::min(line.find('\t'), line.size());
  const std::string_view column = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return column;
}

}  // namespace

Region parse_region(const std::string& text, bool whole_name) {
  const std::size_t colon = text.rfind(':');
  if (whole_name || colon == std::string::npos) return {.reference = text};
  std::string digits = text.substr(colon + 1);
  std::erase(digits, ',');
  const std::size_t dash = digits.find('-');
  const std::string from = digits.substr(0, dash);
  Region region{.reference = text.substr(0, colon)};
  const std::int64_t first = from.empty() ? 1 : number_of(from);
  const std::int64_t last =
      dash == std::string::npos ? region.end : number_of(digits.substr(dash + 1));
  if (digits.empty() || digits == "-" || first < 1 || last < first) {
    throw RequestError("region '" + text +
                       "': expected NAME, NAME:FROM or NAME:FROM-TO with 1 <= FROM <= TO");
  }
  region.start = first - 1;
  region.end = last;
  return region;
}

std::vector<Region> read_bed_regions(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path + " cannot be opened: " + std::strerror(errno));
  std::vector<Region> regions;
  std::int64_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (!text.empty() && text.back() == '\r') text.pop_back();
    std::string_view line = text;
    if (is_comment(line)) continue;
    Region region{.reference = std::string(take_column(line))};
    region.start = number_of(take_column(line));
    region.end = number_of(take_column(line));
    if (region.start < 0 || region.end < region.start) {
      throw InputError(
          path + ", line " + std::to_string(number) +
          ": expected BED's name, start and end, with 0 <= start <= end, between tabs");
    }
    regions.push_back(std::move(region));
  }
  if (file.bad()) throw InputError(path + ": " + std::strerror(errno));
  if (regions.empty()) throw InputError(path + " holds no BED lines");
  return regions;
}

}  // namespace heddle::io
