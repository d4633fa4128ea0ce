#include "app/serve/confine.h"

#include "app/serve/api/error.h"
#include "app/serve/http/text.h"
#include "io/address.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>

namespace heddle::app::serve {
namespace fs = std::filesystem;

namespace {

const std::string kSchemes[] = {"rtsp", "rtsps", "http", "https"};

/// `prefix` ends where a name in the path ends: /a allows /a and /a/b, not /ab.
bool is_below(std::string_view way, std::string_view prefix) {
  if (prefix.empty() || prefix == "/") return true;
  if (!way.starts_with(prefix)) return false;
  return way.size() == prefix.size() || prefix.back() == '/' || way[prefix.size()] == '/' ||
         way[prefix.size()] == '?';
}

bool names_a_host(const std::string& prefix) { return !prefix.ends_with("://"); }

bool fits(const Url& url, const std::string& prefix) {
  const std::size_t colon = prefix.find("://");
  if (colon == std::string::npos || prefix.substr(0, colon) != url.scheme) return false;
  if (!names_a_host(prefix)) return !is_private_host(url.host);
  const Url allowed = parse_url(prefix);
  return allowed.host == url.host && (allowed.port.empty() || allowed.port == url.port) &&
         is_below(url.way, allowed.way);
}

/// Schemes are the same in either case (RFC 3986, section 3.1); those who open them know one.
std::string with_lower_scheme(const std::string& url) {
  const std::size_t end = url.find("://");
  if (end == url.npos) return url;
  return lower(url.substr(0, end)) + url.substr(end);
}

/// Is it that folder (or file), or below it? Both are real paths.
bool lies_in(const fs::path& real, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), real.begin(), real.end()).first ==
         folder.end();
}

/// ".." in an address means one thing to us and another to the server.
bool climbs(const std::string& way) {
  const auto decoded = percent_decoded(way);
  if (!decoded) return true;
  return ("/" + *decoded + "/").find("/../") != std::string::npos;
}

}  // namespace

Confinement::Confinement(const std::vector<std::string>& folders,
                         const std::vector<std::string>& prefixes,
                         const std::vector<std::string>& own) {
  for (const std::string& prefix : prefixes) prefixes_.push_back(with_lower_scheme(prefix));
  for (const std::string& path : own) {
    if (!path.empty()) own_.push_back(fs::absolute(path));
  }
  for (const std::string& folder : folders) {
    std::error_code error;
    fs::path real = fs::canonical(folder, error);
    if (error || !fs::is_directory(real)) {
      throw std::invalid_argument("--allow " + folder + ": is no folder");
    }
    folders_.push_back(std::move(real));
  }
  for (const std::string& prefix : prefixes_) {
    const bool scheme_alone = prefix.ends_with("://");
    if (!looks_like_url(prefix)) {
      throw std::invalid_argument("--allow-url " + prefix +
                                  ": is no prefix of an address, such as rtsp://camera.lan/");
    }
    if (!scheme_alone && !prefix.starts_with("device:")) parse_url(prefix);
  }
}

bool Confinement::looks_like_url(std::string_view text) {
  const auto scheme = text.substr(0, text.find(':'));
  return text.starts_with("device:") ||
         (text.find("://") != text.npos &&
          std::ranges::all_of(scheme, [](unsigned char c) { return std::isalnum(c) != 0; }));
}

/// Also by another name of the same file (a hard link), and where a link to it was turned since.
bool Confinement::is_own(const fs::path& real) const {
  return std::ranges::any_of(own_, [&real](const fs::path& own) {
    std::error_code none;
    return lies_in(real, fs::weakly_canonical(own, none)) || fs::equivalent(real, own, none);
  });
}

void Confinement::check(const fs::path& real, const std::string& path) const {
  const auto refuse = [&path](const std::string& why) {
    throw ApiError("path_not_allowed", "'" + path + "' " + why);
  };
  const bool allowed = std::ranges::any_of(
      folders_, [&real](const fs::path& folder) { return lies_in(real, folder); });
  if (!allowed && path.starts_with("/dev/video")) {
    refuse("is a camera: give device:N, and start the daemon with --allow-url device:N");
  }
  if (!allowed) refuse("is not below a folder that this daemon may use (--allow)");
  if (is_own(real)) refuse("is the daemon's own (--state, --token-file); no client may have it");
}

std::string Confinement::input(const std::string& path) const {
  if (path.empty() || path == "-") {
    throw ApiError("bad_path", "a path is needed: standard input is the daemon's own");
  }
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  const fs::path real = fs::canonical(whole, error);
  if (error) {
    // Whether something is there is nobody's business outside the folders.
    check(fs::weakly_canonical(whole, error), path);
    throw ApiError("no_such_input", "there is no '" + path + "'");
  }
  check(real, path);
  if (!fs::is_regular_file(real) && !fs::is_directory(real)) {
    throw ApiError("path_not_allowed", "'" + path + "' is neither a file nor a folder");
  }
  return real.string();
}

std::string Confinement::output(const std::string& path) const {
  if (path.empty() || path == "-") {
    throw ApiError("bad_path", "an output needs a path: standard output is the daemon's own");
  }
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path), error);
  check(error ? fs::path() : real, path);
  if (fs::is_symlink(fs::symlink_status(fs::absolute(path).lexically_normal(), error)) &&
      !fs::exists(real, error)) {
    check({}, path);  // a link into the void: what it points at is made by writing
  }
  if (fs::exists(real, error) && !fs::is_regular_file(real) && !fs::is_directory(real)) {
    throw ApiError("path_not_allowed", "'" + path + "' is neither a file nor a folder");
  }
  const bool folder = path.ends_with('/');
  return real.string() + (folder && !real.string().ends_with('/') ? "/" : "");
}

io::NetworkRule Confinement::network_rule(const std::vector<std::string>& inputs) const {
  io::NetworkRule rule;
  for (const std::string& input : inputs) {
    if (!looks_like_url(input) || input.starts_with("device:")) continue;
    const Url url = parse_url(input);
    for (const std::string& prefix : prefixes_) {
      if (!names_a_host(prefix) || !fits(url, prefix)) continue;
      const std::string port = parse_url(prefix).port;
      const auto number = static_cast<std::uint16_t>(port.empty() ? 0 : std::stoi(port));
      rule.trusted.push_back({url.host, number});
    }
  }
  return rule;
}

std::string Confinement::url(const std::string& given) const {
  const std::string url = with_lower_scheme(given);
  const auto refuse_url = [&url](const std::string& why) {
    throw ApiError("url_not_allowed", "'" + io::without_password(url) + "' " + why);
  };
  const std::string not_listed = "is not below an address that this daemon may open (--allow-url)";
  if (url.starts_with("device:")) {
    if (std::ranges::find(prefixes_, url) == prefixes_.end()) refuse_url(not_listed);
    return url;
  }
  const bool known = std::ranges::any_of(
      kSchemes, [&url](const std::string& scheme) { return url.starts_with(scheme + "://"); });
  if (!known) refuse_url("has a scheme other than rtsp, rtsps, http and https");
  try {
    const Url parsed = parse_url(url);
    if (climbs(parsed.way)) refuse_url("climbs with '..' or holds a broken escape");
    const bool fitting = std::ranges::any_of(
        prefixes_, [&parsed](const std::string& prefix) { return fits(parsed, prefix); });
    if (!fitting) refuse_url(not_listed);
  } catch (const std::invalid_argument& error) {
    throw ApiError("bad_url", error.what());
  }
  return url;
}

}  // namespace heddle::app::serve
