#pragma once
// `heddle serve` as a process: sockets, models, streams, jobs; and its end, at which streams keep a
// checkpoint and jobs their journals.

#include "app/command.h"
#include "app/command_text.h"
#include "app/options.h"

#include <string>
#include <vector>

namespace heddle::app::serve {

struct ServeOptions {
  RunOptions run;  // threads (of the streams, and of each job), device, log, quiet, verbose
  std::string socket;
  std::vector<std::string> listen;
  std::string token_file;
  std::vector<std::string> allow;
  std::vector<std::string> allow_url;
  std::string state;
  std::string video_model, genome_model;
  std::string isolate = "auto";  // video decoding: auto, on, off
  int streams = 64;
  std::size_t stream_memory = std::size_t{4} << 30;  // the most that a stream may ask for
  int jobs = 1;
  int drain_seconds = 25;
  int connections = 2048;
  int connections_an_address = 64;
};

/// Serves until SIGINT, SIGTERM or POST /v1/drain; returns the exit code. `program`: all commands,
/// for the options that clients may give. Throws CommandError.
int run_service(const ServeOptions& options, Session& session, CommandText program);

}  // namespace heddle::app::serve
