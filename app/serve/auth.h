#pragma once
// Who may ask. A daemon that only this machine reaches needs no token; then a web page of somebody
// else in this machine's browser must not reach it either: the Host must be a name of this machine
// (no DNS rebinding), and an Origin must be the Host's. With a token the token decides.
// Threads: const calls from any.

#include "app/serve/http/message.h"

#include <string>

namespace heddle::app::serve {

class Auth {
 public:
  /// Empty: no token is asked for.
  explicit Auth(std::string token = "") : token_(std::move(token)) {}
  /// Throws ApiError: 401 no_token, wrong_token; 403 foreign_host, foreign_origin.
  void check(const Request& request, bool needs_token) const;

 private:
  const std::string token_;
};

/// The first line of a file that nobody else may read. Throws std::invalid_argument: it is not
/// there, others may read it, or it has fewer than 16 or other than printable characters.
std::string read_token(const std::string& file);

}  // namespace heddle::app::serve
