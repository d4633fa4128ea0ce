#pragma once
// The answers of the routes, by what they are about; each throws ApiError. Named in routes.cpp.
// Threads: several at once; what is marked quick there runs on the thread of the connections and
// must not wait.

#include "app/serve/daemon.h"
#include "app/serve/http/message.h"

#include <memory>

namespace heddle::app::serve {

// daemon_api.cpp
Response get_healthz(Daemon& daemon, const Request& request);
Response get_readyz(Daemon& daemon, const Request& request);
Response get_info(Daemon& daemon, const Request& request);
Response get_metrics(Daemon& daemon, const Request& request);  // metrics_api.cpp
Response post_drain(Daemon& daemon, const Request& request);

// streams_api.cpp
Response get_streams(Daemon& daemon, const Request& request);
Response post_stream(Daemon& daemon, const Request& request);
Response get_stream(Daemon& daemon, const Request& request);
Response delete_stream(Daemon& daemon, const Request& request);
Response get_stream_events(Daemon& daemon, const Request& request);
Response post_checkpoint(Daemon& daemon, const Request& request);

// results_api.cpp
Response get_frame(Daemon& daemon, const Request& request);
Response get_sequences(Daemon& daemon, const Request& request);
Response get_features(Daemon& daemon, const Request& request);

// upload_api.cpp
std::shared_ptr<BodySink> open_upload(Daemon& daemon, const Request& request);
Response post_data(Daemon& daemon, const Request& request);

// jobs_api.cpp
Response get_jobs(Daemon& daemon, const Request& request);
Response post_job(Daemon& daemon, const Request& request);
Response get_job(Daemon& daemon, const Request& request);
Response delete_job(Daemon& daemon, const Request& request);
Response get_job_events(Daemon& daemon, const Request& request);

// page_api.cpp
Response get_page(Daemon& daemon, const Request& request);
Response get_page_file(Daemon& daemon, const Request& request);
Response get_openapi(Daemon& daemon, const Request& request);

}  // namespace heddle::app::serve
