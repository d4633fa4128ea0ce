#pragma once
// The site that the server serves: routes found, tokens checked, exceptions made JSON.
// Threads: as Site, from any.

#include "app/serve/daemon.h"
#include "app/serve/http/message.h"

namespace heddle::app::serve {

class Api : public Site {
 public:
  /// `daemon` outlives it.
  explicit Api(Daemon& daemon) : daemon_(daemon) {}

  Plan plan(Request& request) override;
  Response answer(const Plan& plan, const Request& request) override;
  Response error(ErrorCode code, const std::string& message) override;
  void count(const std::string& route, int status, double seconds) override;

 private:
  Plan checked_plan(Request& request);

  Daemon& daemon_;
};

}  // namespace heddle::app::serve
