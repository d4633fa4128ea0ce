#include "app/serve/api/routes.h"

#include "app/serve/api/handlers.h"

#include <optional>

namespace heddle::app::serve {
namespace {

constexpr bool kToken = true;
constexpr bool kOpen = false;  // without a token
constexpr bool kSlow = true;
constexpr bool kQuick = false;
constexpr BodyKind kNone = BodyKind::kNone;
constexpr BodyKind kJson = BodyKind::kJson;

// clang-format off
constexpr Route kRoutes[] = {
    {"GET",    "/healthz",                       kOpen,  kNone, kQuick, get_healthz},
    {"GET",    "/readyz",                        kOpen,  kNone, kQuick, get_readyz},
    {"GET",    "/metrics",                       kToken, kNone, kSlow,  get_metrics},
    {"GET",    "/openapi.yaml",                  kOpen,  kNone, kQuick, get_openapi},
    {"GET",    "/",                              kOpen,  kNone, kQuick, get_page},
    {"GET",    "/page/{file}",                   kOpen,  kNone, kQuick, get_page_file},
    {"GET",    "/v1/info",                       kToken, kNone, kQuick, get_info},
    {"POST",   "/v1/drain",                      kToken, kNone, kQuick, post_drain},
    {"GET",    "/v1/streams",                    kToken, kNone, kSlow,  get_streams},
    {"POST",   "/v1/streams",                    kToken, kJson, kSlow,  post_stream},
    {"GET",    "/v1/streams/{id}",               kToken, kNone, kSlow,  get_stream},
    {"DELETE", "/v1/streams/{id}",               kToken, kNone, kSlow,  delete_stream},
    {"GET",    "/v1/streams/{id}/events",        kToken, kNone, kQuick, get_stream_events, nullptr, "last_event_id"},
    {"GET",    "/v1/streams/{id}/frame.jpg",     kToken, kNone, kSlow,  get_frame, nullptr, "width after"},
    {"GET",    "/v1/streams/{id}/sequences",     kToken, kNone, kSlow,  get_sequences},
    {"GET",    "/v1/streams/{id}/features",      kToken, kNone, kSlow,  get_features, nullptr, "sequence begin end limit"},
    {"POST",   "/v1/streams/{id}/data",          kToken, BodyKind::kUpload, kQuick, post_data, open_upload},
    {"POST",   "/v1/streams/{id}/checkpoint",    kToken, kNone, kSlow,  post_checkpoint},
    {"GET",    "/v1/jobs",                       kToken, kNone, kSlow,  get_jobs},
    {"POST",   "/v1/jobs",                       kToken, kJson, kSlow,  post_job},
    {"GET",    "/v1/jobs/{id}",                  kToken, kNone, kSlow,  get_job},
    {"DELETE", "/v1/jobs/{id}",                  kToken, kNone, kSlow,  delete_job},
    {"GET",    "/v1/jobs/{id}/events",           kToken, kNone, kSlow,  get_job_events, nullptr, "last_event_id"},
};
// clang-format on

/// What stands for the {} of a pattern; nothing where the path does not fit.
std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string> found;
  for (;;) {
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    const std::string_view name = path.substr(0, path.find('/'));
    if (wanted.starts_with('{')) {
      if (name.empty()) return std::nullopt;
      found.emplace_back(name);
    } else if (wanted != name) {
      return std::nullopt;
    }
    const bool more = wanted.size() < pattern.size();
    if (more != (name.size() < path.size())) return std::nullopt;
    if (!more) return found;
    pattern.remove_prefix(wanted.size() + 1);
    path.remove_prefix(name.size() + 1);
  }
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Match match(std::string_view method, std::string_view path) {
  Match found;
  for (const Route& route : kRoutes) {
    auto parameters = fit(route.pattern, path);
    if (!parameters) continue;
    found.allowed += (found.allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method == "GET") found.allowed += ", HEAD";
    if (route.method == method || (method == "HEAD" && route.method == "GET")) {
      found.route = &route;
      found.parameters = *std::move(parameters);
    }
  }
  return found;
}

}  // namespace heddle::app::serve
