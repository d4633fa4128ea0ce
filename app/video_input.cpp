#include "app/video_input.h"

#include "app/build.h"
#include "app/exit_codes.h"
#include "io/address.h"
#include "io/excerpt.h"
#include "io/formats/pictures.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace heddle::app {
namespace {

constexpr int kMostParts = 3;  // hours, minutes, seconds

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc() && end == text.data() + text.size() &&
                    std::isfinite(value) && value >= 0 && value < 1e9;
  return good ? std::optional(value) : std::nullopt;
}

std::optional<double> seconds_of(std::string_view text) {
  double seconds = 0;
  for (int part = 0; part < kMostParts; ++part) {
    const std::size_t colon = text.find(':');
    const std::optional<double> value = number_of(text.substr(0, colon));
    const bool whole = colon == text.npos || (value && *value == std::floor(*value));
    if (!value || !whole || (part > 0 && *value >= 60)) return std::nullopt;
    seconds = 60 * seconds + *value;
    if (colon == text.npos) return seconds;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string time_complaint(const std::string& text) {
  if (seconds_of(text)) return "";
  return "'" + text + "' is no time; give seconds (90.5), or [HOURS:]MINUTES:SECONDS";
}

double parse_time(const std::string& text) { return seconds_of(text).value(); }

io::ExcerptOptions excerpt_of(const VideoOptions& options) {
  io::ExcerptOptions part;
  if (!options.from.empty()) part.from = parse_time(options.from);
  if (!options.to.empty()) part.to = parse_time(options.to);
  part.stride = options.stride;
  if (part.from >= part.to) {
    throw CommandError(kUsage,
                       "--to " + options.to + " does not lie behind --ss " +
                           (options.from.empty() ? "0" : options.from));
  }
  return part;
}

std::unique_ptr<io::Source> open_video(const std::string& uri,
                                       io::SourceOptions source_options,
                                       const VideoOptions& options) {
  if (options.picture_rate) {
    if (!io::names_pictures(uri)) {
      throw CommandError(kUsage,
                         "--fps is for folders and numbered pictures; the frames of " +
                             io::without_password(uri) + " have times of their own");
    }
    source_options.picture_rate = *options.picture_rate;
  }
  io::ExcerptOptions part = excerpt_of(options);
  part.stop_descriptor = source_options.stop_descriptor;
  std::unique_ptr<io::Source> source = open_input(uri, source_options, true);
  return part.takes_all() ? std::move(source) : io::excerpt(std::move(source), part);
}

}  // namespace heddle::app
