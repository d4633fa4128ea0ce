#include "app/serve/auth.h"

#include "app/serve/api/error.h"
#include "app/serve/http/text.h"
#include "io/trimmed.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace heddle::app::serve {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kShortest = 16;

void check_neighbours(const Request& request) {
  const std::string host = host_of(request.header("host"));
  if (!request.local && !is_loopback_name(host)) {
    throw ApiError("foreign_host",
                   "without a token this daemon answers to localhost only, not to '" + host + "'");
  }
}

/// Browsers send it with everything that may change something.
void check_origin(const Request& request) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return;
  const std::size_t scheme = origin.find("://");
  if (scheme == origin.npos || origin.substr(scheme + 3) != request.header("host")) {
    throw ApiError("foreign_origin", "a page of another origin may not use this daemon");
  }
}

}  // namespace

void Auth::check(const Request& request, bool needs_token) const {
  check_origin(request);
  if (token_.empty()) return check_neighbours(request);
  if (!needs_token) return;
  const std::string_view given = request.header("authorization");
  if (given.empty()) {
    throw ApiError("no_token", "a token is needed: Authorization: Bearer TOKEN");
  }
  const bool bearer = given.size() >= kBearer.size() &&
                      std::ranges::equal(given.substr(0, kBearer.size()),
                                         kBearer,
                                         [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  if (!bearer || !equal_in_constant_time(given.substr(kBearer.size()), token_)) {
    throw ApiError("wrong_token", "the token is not that of this daemon");
  }
}

std::string read_token(const std::string& file) {
  const auto bad = [&file](const std::string& why) {
    throw std::invalid_argument("--token-file " + file + ": " + why);
  };
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) bad("is not there");
  if ((status.st_mode & S_IRWXO) != 0) bad("everybody may read it; chmod 600 it first");
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  const std::string token(io::trimmed(line));
  const bool plain =
      std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (token.size() < kShortest || !plain) {
    bad("its first line is no token of at least 16 printable characters (openssl rand -hex 32)");
  }
  return token;
}

}  // namespace heddle::app::serve
