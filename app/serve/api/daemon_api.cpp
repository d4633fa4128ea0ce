#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"

#include <nlohmann/json.hpp>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

constexpr std::size_t kJsonBytes = std::size_t{1} << 20;
constexpr std::size_t kUploadWindow = std::size_t{8} << 20;

}  // namespace

Response get_healthz(Daemon& daemon, const Request& /*request*/) {
  if (!daemon.draining && daemon.alive.still()) {
    throw ApiError("stands_still", "streams have stood still for longer than the watchdog allows");
  }
  return json_response(200, {{"status", "ok"}});
}

Response get_readyz(Daemon& daemon, const Request& /*request*/) {
  if (daemon.draining) throw ApiError("draining", "the daemon is shutting down");
  return json_response(200, {{"status", "ready"}});
}

Response get_info(Daemon& daemon, const Request& /*request*/) {
  json info = daemon.about;
  info["limits"] = {{"streams", daemon.streams.most()},
                    {"stream_memory_bytes", daemon.streams.most_memory()},
                    {"connections", daemon.limits.connections},
                    {"connections_an_address", daemon.limits.an_address},
                    {"event_streams", daemon.limits.event_streams},
                    {"json_bytes", kJsonBytes},
                    {"upload_window_bytes", kUploadWindow}};
  const std::chrono::duration<double> up = std::chrono::steady_clock::now() - daemon.began;
  info["uptime_seconds"] = up.count();
  info["draining"] = daemon.draining.load();
  return json_response(200, info);
}

Response post_drain(Daemon& daemon, const Request& /*request*/) {
  daemon.draining = true;
  daemon.drain();
  return json_response(202, {{"draining", true}});
}

}  // namespace heddle::app::serve
