#pragma once
// THE TABLE of routes, and which of them a request fits. configs/deploy/openapi.yaml describes the
// same ones; a test compares the two.

#include "app/serve/http/message.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::app::serve {

struct Daemon;

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/streams/{id}": {} stands for one name of a path
  bool needs_token = true;
  BodyKind body = BodyKind::kNone;
  bool slow = false;  // answered by a worker
  Response (*answer)(Daemon& daemon, const Request& request) = nullptr;
  /// Of BodyKind::kUpload, once the head is there. Throws ApiError.
  std::shared_ptr<BodySink> (*open)(Daemon& daemon, const Request& request) = nullptr;
  std::string_view query = {};  // the keys that it knows, "width after"
};

/// THE TABLE.
std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;         // null: none
  std::vector<std::string> parameters;  // what stands for the {}
  std::string allowed;                  // methods that the path knows, "GET, DELETE"
};
/// HEAD fits where GET does.
Match match(std::string_view method, std::string_view path);

}  // namespace heddle::app::serve
