#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"
#include "app/serve/api/json_body.h"
#include "app/serve/api/parameters.h"
#include "app/serve/api/status_json.h"
#include "app/serve/api/stream_of.h"
#include "app/serve/brief.h"
#include "app/serve/event_feed.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

constexpr std::string_view kWatch = "watch:";
constexpr std::size_t kMostName = 200;

/// What clients may say; a record has its id beside.
void only_known(const json& asked) {
  only_fields(asked,
              {"kind",
               "task",
               "name",
               "input",
               "url",
               "path",
               "policy",
               "priority",
               "memory_budget",
               "options"});
}

void at_most(std::size_t most, std::size_t has, const std::string& field, const std::string& what) {
  if (has <= most) return;
  throw ApiError("bad_spec",
                 field + ": has " + std::to_string(has) + " " + what + "; at most " +
                     std::to_string(most) + " are taken")
      .about(field);
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

/// A name stands in every list of streams. Records on disk may have longer ones, of addresses.
void check_lengths(const json& asked) {
  for (const auto& [field, value] : asked.items()) {
    if (!value.is_string()) continue;
    const auto& text = value.get_ref<const std::string&>();
    if (field == "name") {
      at_most(kMostName, characters(text), field, "characters");
      if (std::ranges::none_of(text, is_control)) continue;
      throw ApiError("bad_spec", "name: holds a line's end or another control character")
          .about(field);
    } else {
      at_most(kMostPathBytes, text.size(), field, "bytes");
    }
  }
}

std::string confined(const Confinement& confinement, const std::string& input) {
  if (input == "upload") return input;
  if (input.starts_with(kWatch)) {
    return std::string(kWatch) + confinement.input(input.substr(kWatch.size()));
  }
  return Confinement::looks_like_url(input) ? confinement.url(input) : confinement.input(input);
}

/// A refusal of the input, said of the field by which the client gave it.
ApiError of_sent_field(const ApiError& error, const json& asked) {
  constexpr std::string_view kInput = "input";
  if (error.field() != kInput) return error;
  for (const std::string name : {"url", "path"}) {
    if (!asked.contains(name)) continue;
    std::string why = error.what();
    if (why.starts_with(std::string(kInput) + ": ")) why.replace(0, kInput.size(), name);
    return ApiError(error.is(), why, error.retry_after()).about(name);
  }
  return error;
}

}  // namespace

std::shared_ptr<Stream> stream_of(const Daemon& daemon, const Request& request) {
  auto stream = daemon.streams.find(request.parameters.at(0));
  if (!stream) {
    throw ApiError("no_such_stream", "there is no stream '" + request.parameters.at(0) + "'");
  }
  return stream;
}

StreamSpec checked_spec(const Daemon& daemon, const json& asked) {
  only_known(asked);
  check_lengths(asked);
  StreamSpec spec;
  try {
    spec = StreamSpec::from_json(asked);
  } catch (const BadField& error) {
    throw api_error(error, "bad_spec");
  }
  confine(spec, daemon.options);
  return spec;
}

void confine(StreamSpec& spec, const CommandOptions& options) {
  try {
    spec.input = confined(options.confinement(), spec.input);
  } catch (const ApiError& error) {
    throw error.about("input");
  }
  spec.options = options.confined(spec.kind, std::move(spec.options));
}

Response get_streams(Daemon& daemon, const Request& /*request*/) {
  json list = json::array();
  for (const auto& stream : daemon.streams.all()) list.push_back(status_json(*stream));
  return json_response(200, {{"streams", std::move(list)}});
}

Response post_stream(Daemon& daemon, const Request& request) {
  const json asked = parse_object(request.body);
  try {
    const auto stream = daemon.streams.add(checked_spec(daemon, asked));
    Response response = json_response(201, status_json(*stream));
    response.headers.emplace_back("Location", "/v1/streams/" + stream->spec().id);
    return response;
  } catch (const ApiError& error) {
    throw of_sent_field(error, asked);
  }
}

Response get_stream(Daemon& daemon, const Request& request) {
  return json_response(200, status_json(*stream_of(daemon, request)));
}

Response delete_stream(Daemon& daemon, const Request& request) {
  const auto stream = stream_of(daemon, request);
  if (!ended(stream->status().state)) {
    daemon.streams.stop(*stream);
    return json_response(202, status_json(*stream));
  }
  daemon.streams.forget(stream->spec().id);
  Response response;
  response.status = 204;
  return response;
}

Response get_stream_events(Daemon& daemon, const Request& request) {
  const auto stream = stream_of(daemon, request);
  return event_stream(stream, stream->events(), last_event_of(request));
}

Response post_checkpoint(Daemon& daemon, const Request& request) {
  const auto stream = stream_of(daemon, request);
  if (!stream->checkpoint()) {
    throw ApiError("no_checkpoints",
                   "this stream keeps no checkpoints: the daemon has no --state folder, or the "
                   "stream has ended");
  }
  return json_response(202, status_json(*stream));
}

}  // namespace heddle::app::serve
