#pragma once
// How the API says no: {"error":{"code":"bad_option","message":"...","field":"options.passes"}};
// `field` is null where it is not about one.

#include "app/serve/bad_field.h"
#include "app/serve/error_code.h"
#include "app/serve/http/message.h"

#include <nlohmann/json_fwd.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::app::serve {

/// Becomes the response of the request in which it is thrown. what(): one sentence that says what,
/// where, and what to do.
class ApiError : public std::runtime_error {
 public:
  ApiError(ErrorCode code, const std::string& message, int retry_after = 0)
      : std::runtime_error(message), code_(code), retry_after_(retry_after) {}
  /// The same of a field of the body: "output", "options.passes".
  ApiError about(std::string field) const {
    ApiError made = *this;
    made.field_ = std::move(field);
    return made;
  }
  int status() const { return code_.status(); }
  ErrorCode is() const { return code_; }
  std::string code() const { return std::string(code_.text()); }
  const std::string& field() const { return field_; }  // empty: about none
  int retry_after() const { return retry_after_; }     // seconds; 0: not told

 private:
  ErrorCode code_;
  int retry_after_;
  std::string field_;
};

/// `code`: what it is where it is no option.
ApiError api_error(const BadField& error, ErrorCode code);

/// What a client is told where a new stream or job cannot be written to the state folder.
ApiError state_unwritable(const std::exception& error);

Response json_response(int status, const nlohmann::json& json);
Response error_response(const ApiError& error);

}  // namespace heddle::app::serve
