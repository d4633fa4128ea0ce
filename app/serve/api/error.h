#pragma once
// How the API says no: {"error":{"code":"no_such_stream","message":"..."}}.

#include "app/serve/http/message.h"

#include <nlohmann/json_fwd.hpp>

#include <stdexcept>
#include <string>

namespace heddle::app::serve {

/// Becomes the response of the request in which it is thrown. what(): one sentence that says what,
/// where, and what to do.
class ApiError : public std::runtime_error {
 public:
  ApiError(int status, std::string code, const std::string& message, int retry_after = 0)
      : std::runtime_error(message),
        status_(status),
        code_(std::move(code)),
        retry_after_(retry_after) {}
  int status() const { return status_; }
  const std::string& code() const { return code_; }
  int retry_after() const { return retry_after_; }  // seconds; 0: not told

 private:
  int status_;
  std::string code_;
  int retry_after_;
};

Response json_response(int status, const nlohmann::json& json);
Response error_response(const ApiError& error);

}  // namespace heddle::app::serve
