#include "app/serve/streams/stream_options.h"

#include "app/serve/bad_field.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace heddle::app::serve {
namespace {

/// They are the server's, or have a field of their own. THE LIST.
constexpr std::string_view kServers[] = {"threads",
                                         "device",
                                         "model",
                                         "progress",
                                         "log",
                                         "quiet",
                                         "verbose",
                                         "dump-config",
                                         "dry-run",
                                         "output",
                                         "format",
                                         "overwrite",
                                         "resume",
                                         "journal-every",
                                         "task"};

}  // namespace

StreamOptions parse_options(const StreamSpec& spec) {
  for (const auto& [name, value] : spec.options.items()) {
    if (std::ranges::find(kServers, name) != std::end(kServers)) {
      throw BadField("options." + name, "is not a stream's to set; leave it out");
    }
  }
  nlohmann::json options = spec.options;
  if (spec.kind == "genome") options["task"] = spec.task;
  return read_values(spec.kind, options, {spec.input});
}

}  // namespace heddle::app::serve
