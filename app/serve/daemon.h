#pragma once
// What the API's handlers work on. Threads: handlers run on several; each part says what it
// promises, `draining` only ever becomes true.

#include "app/serve/alive.h"
#include "app/serve/auth.h"
#include "app/serve/command_options.h"
#include "app/serve/confine.h"
#include "app/serve/http/connections.h"
#include "app/serve/http_metrics.h"
#include "app/serve/jobs/queue.h"
#include "app/serve/streams.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <functional>

namespace heddle::app::serve {

struct Daemon {
  const Auth& auth;
  const Confinement& confinement;
  const CommandOptions& options;
  Streams streams;
  JobQueue jobs;
  /// Of GET /v1/info, what does not change: version, backend, models, kinds, formats.
  nlohmann::json about = nlohmann::json::object();
  ConnectionLimits limits;

  HttpMetrics http = {};
  Alive alive = {};
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::atomic<bool> draining = false;
  /// Asks for the shutdown; returns at once.
  std::function<void()> drain = [] {};
  std::function<Connections::Counts()> connections = [] { return Connections::Counts{}; };
};

}  // namespace heddle::app::serve
