#pragma once
// What the handlers of streams have in common.

#include "app/serve/daemon.h"
#include "app/serve/http/message.h"

#include <memory>

namespace heddle::app::serve {

/// Of a request to /v1/streams/{id}... Throws ApiError 404 no_such_stream.
std::shared_ptr<Stream> stream_of(const Daemon& daemon, const Request& request);

/// What POST /v1/streams may ask for: known fields and options, an input that may be read. Throws
/// ApiError.
StreamSpec checked_spec(const Daemon& daemon, const nlohmann::json& asked);

/// Makes a spec's paths real. Throws ApiError where input or options are not allowed.
void confine(StreamSpec& spec, const CommandOptions& options);

}  // namespace heddle::app::serve
