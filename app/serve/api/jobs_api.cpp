#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"
#include "app/serve/api/json_body.h"
#include "app/serve/api/parameters.h"
#include "app/serve/event_feed.h"

#include <nlohmann/json.hpp>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

std::shared_ptr<BatchJob> job_of(const Daemon& daemon, const Request& request) {
  auto job = daemon.jobs.find(request.parameters.at(0));
  if (!job) throw ApiError("no_such_job", "there is no job '" + request.parameters.at(0) + "'");
  return job;
}

}  // namespace

Response get_jobs(Daemon& daemon, const Request& /*request*/) {
  json list = json::array();
  for (const auto& job : daemon.jobs.all()) list.push_back(job->status());
  return json_response(200, {{"jobs", std::move(list)}});
}

Response post_job(Daemon& daemon, const Request& request) {
  JobSpec spec = parse_job(parse_object(request.body), daemon.confinement, daemon.options);
  check_start(spec, daemon.confinement);
  const auto job = daemon.jobs.add(std::move(spec));
  Response response = json_response(201, job->status());
  response.headers.emplace_back("Location", "/v1/jobs/" + job->id());
  return response;
}

Response get_job(Daemon& daemon, const Request& request) {
  return json_response(200, job_of(daemon, request)->status());
}

Response delete_job(Daemon& daemon, const Request& request) {
  const auto job = job_of(daemon, request);
  if (!job->over()) {
    job->stop();
    return json_response(202, job->status());
  }
  daemon.jobs.forget(job->id());
  Response response;
  response.status = 204;
  return response;
}

Response get_job_events(Daemon& daemon, const Request& request) {
  const auto job = job_of(daemon, request);
  return event_stream(job, job->events(), last_event_of(request));
}

}  // namespace heddle::app::serve
