#include "app/serve/api/error.h"
#include "app/serve/api/json_body.h"
#include "app/serve/api/routes.h"
#include "app/serve/confine.h"
#include "app/serve/http/head.h"
#include "app/serve/http/text.h"
#include "app/serve/jobs/job_spec.h"
#include "app/serve/stream.h"
#include "app/serve/streams/stream_options.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

// A request as a stranger sends it: a line with the path and the query, a line of a header, and the
// body as JSON of a stream and of a job; a stream's options go through all declarations of the
// command line. Whatever it is, it is understood or refused by an ApiError; no path that is let
// through lies outside the allowed folder.
namespace {

using namespace heddle::app::serve;

const Confinement& confinement() {
  static const Confinement made({"/usr/share"}, {"rtsp://camera.lan/live"});
  return made;
}

heddle::app::CommandText program() {
  heddle::app::CommandText genome{"genome", "", "", {}, {}};
  genome.options.push_back({.names = {"--task"}, .value = "WHAT", .choices = {"genes", "motifs"}});
  genome.options.push_back({.names = {"--reference"}, .value = "FA"});
  genome.options.push_back({.names = {"--closed"}});
  return {"heddle", "", "", {}, {genome}};
}

void parse_path(const std::string& line) {
  const auto path = percent_decoded(line);
  if (!path) return;
  const Match found = match("GET", *path);
  for (const std::string& parameter : found.parameters) {
    if (parameter.find('/') != std::string::npos) std::abort();
  }
}

void parse_header(const std::string& line) {
  Head head;
  const std::size_t colon = line.find(':');
  take_headers({{line.substr(0, colon), colon == line.npos ? "" : line.substr(colon + 1)}}, head);
  host_of(line);
  media_type(line);
}

void parse_body(const std::string& body) {
  static const CommandOptions options(program(), confinement());
  try {
    const auto json = parse_object(body);
    try {
      const StreamSpec spec = StreamSpec::from_json(json);
      const auto again = StreamSpec::from_json(spec.to_json());
      if (again.to_json() != spec.to_json()) std::abort();
      const bool url = Confinement::looks_like_url(spec.input);
      const std::string input =
          url ? confinement().url(spec.input) : confinement().input(spec.input);
      if (!url && !std::filesystem::path(input).string().starts_with("/usr/share")) std::abort();
      parse_options(spec);
    } catch (const std::invalid_argument&) {
    }
    words_of(parse_job(json, confinement(), options), options, true);
  } catch (const ApiError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t first = text.find('\n');
  parse_path(text.substr(0, first));
  if (first == text.npos) return 0;
  const std::size_t second = text.find('\n', first + 1);
  parse_header(text.substr(first + 1, second - first - 1));
  if (second != text.npos) parse_body(text.substr(second + 1));
  return 0;
}
