#pragma once
// What clients may have the daemon read and write: files below allowed folders, after every
// symbolic link is followed, but never what is the daemon's own (its state, its token), wherever
// that lies; and addresses below allowed prefixes. An address whose host is private
// (loopback, RFC 1918, link-local and the like) needs a prefix that names that very host, so that
// nobody reaches through the daemon what only the daemon can reach. Threads: const calls from any.
// What it cannot see: links that somebody with rights in an allowed folder puts there later, and
// a name that resolves differently when the stream is opened.

#include "io/network_rule.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::app::serve {

/// Of a path or an address that a client gives.
inline constexpr std::size_t kMostPathBytes = 4096;

class Confinement {
 public:
  /// Folders must exist. `prefixes`: "rtsp://camera.lan", "https://", "device:0". `own`: files and
  /// folders that no client may have, whatever the folders are; empty ones do not count. Throws
  /// std::invalid_argument.
  Confinement(const std::vector<std::string>& folders,
              const std::vector<std::string>& prefixes,
              const std::vector<std::string>& own = {});

  /// The real path of a file or folder that may be read. Throws ApiError: 403 path_not_allowed, 404
  /// no_such_input.
  std::string input(const std::string& path) const;
  /// An absolute path that may be written; its last names need not exist yet.
  std::string output(const std::string& path) const;
  /// The address, its scheme in lower case. Throws ApiError 403 url_not_allowed.
  std::string url(const std::string& given) const;
  /// Where connections for these inputs may go: public addresses, and the hosts that their prefixes
  /// name, on the port that these name, if any. Inputs that are no addresses do not count.
  io::NetworkRule network_rule(const std::vector<std::string>& inputs) const;
  /// An address by its form: "scheme://...", "device:0".
  static bool looks_like_url(std::string_view text);

  const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  bool is_own(const std::filesystem::path& real) const;
  /// Throws ApiError 403 path_not_allowed; `path` as the client gave it.
  void check(const std::filesystem::path& real, const std::string& path) const;

  std::vector<std::filesystem::path> folders_;
  std::vector<std::filesystem::path> own_;
  std::vector<std::string> prefixes_;
};

/// Parts of "rtsp://user:word@host:554/way?x".
struct Url {
  std::string scheme, user, host, port, way;
};
/// Throws std::invalid_argument where it is none: no scheme, a control character, a backslash, an
/// empty or malformed host.
Url parse_url(std::string_view text);

/// Does one of the addresses that this name (or number, in any spelling that the system takes)
/// resolves to lie where only this machine or its network can go? What does not resolve does not.
bool is_private_host(const std::string& host);

}  // namespace heddle::app::serve
