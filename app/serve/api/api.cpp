#include "app/serve/api/api.h"

#include "app/serve/api/error.h"
#include "app/serve/api/routes.h"
#include "app/serve/http/text.h"

#include <exception>
#include <new>

namespace heddle::app::serve {
namespace {

/// What a browser sends by itself from a page of somebody else is never JSON.
void check_type(const Request& request, BodyKind body) {
  const std::string type = media_type(request.header("content-type"));
  if (body == BodyKind::kJson && type != "application/json") {
    throw ApiError("not_json", "the body is JSON: Content-Type: application/json");
  }
}

/// A key that is not known is a slip, and would be passed over. Files of the page take any.
void check_query(const Request& request, const Route& route) {
  if (!route.pattern.starts_with("/v1/")) return;
  const std::string known = " " + std::string(route.query) + " ";
  for (const auto& [key, value] : request.query) {
    if (!key.empty() && known.find(" " + key + " ") != known.npos) continue;
    throw ApiError(
        "bad_query",
        "'" + key.substr(0, 64) + "' is not known in this query; " +
            (route.query.empty() ? "none is" : "there are: " + std::string(route.query)));
  }
}

/// The response of the exception that is being handled.
Response response_of_exception() {
  try {
    throw;
  } catch (const ApiError& error) {
    return error_response(error);
  } catch (const std::bad_alloc&) {
    return error_response({"no_memory", "there is no memory for this now", 5});
  } catch (const std::exception& error) {
    return error_response({"internal", error.what()});
  }
}

}  // namespace

Plan Api::checked_plan(Request& request) {
  Match found = match(request.method, request.path);
  if (found.route == nullptr) {
    // Which paths there are is told by openapi.yaml to everybody, so that no token is asked for.
    if (found.allowed.empty()) {
      throw ApiError("no_such_path", "there is nothing at " + request.path);
    }
    Plan plan;
    plan.refusal = error_response(
        {"wrong_method", request.path + " takes " + found.allowed + ", not " + request.method});
    plan.refusal->headers.emplace_back("Allow", found.allowed);
    return plan;
  }
  const Route& route = *found.route;
  Plan plan;
  plan.route = route.pattern;
  plan.body = route.body;
  plan.slow = route.slow;
  try {
    daemon_.auth.check(request, route.needs_token);
    check_type(request, route.body);
    check_query(request, route);
    request.parameters = std::move(found.parameters);
    if (route.open != nullptr) plan.sink = route.open(daemon_, request);
  } catch (const ApiError& error) {
    plan.refusal = error_response(error);
    return plan;
  }
  plan.answer = [this, answer = route.answer](const Request& whole) {
    return answer(daemon_, whole);
  };
  return plan;
}

Plan Api::plan(Request& request) {
  try {
    return checked_plan(request);
  } catch (...) {
    Plan plan;
    plan.refusal = response_of_exception();
    return plan;
  }
}

Response Api::answer(const Plan& plan, const Request& request) {
  try {
    return plan.answer(request);
  } catch (...) {
    return response_of_exception();
  }
}

Response Api::error(ErrorCode code, const std::string& message) {
  return error_response({code, message});
}

void Api::count(const std::string& route, int status, double seconds) {
  daemon_.http.count(route, status, seconds);
}

}  // namespace heddle::app::serve
