#pragma once
// The options that a client gave a stream or a job, as values: declared, checked and put together
// as on the command line, before anything is started. Threads: any.

#include "app/motifs.h"
#include "app/options.h"
#include "app/run_facts.h"
#include "pipeline/heads/repeats/repeat_options.h"
#include "pipeline/heads/tracks_stage.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace heddle::app::serve {

struct CommandValues {
  VideoOptions video;                    // with its inputs
  std::vector<pipeline::InitBox> boxes;  // of --init
  bool realtime = false;                 // a file at the speed of its time stamps; streams alone
  GenomeOptions genome;                  // with its inputs
  MotifOptions motifs;
  pipeline::RepeatOptions repeats;
  RunOptions run;
  OutputOptions output;
  RunFacts facts;  // the options that may change results
};

/// {"frames": 5, "closed": true, "init": ["1,2,3,4"]} -> "--frames=5", "--closed", ... Throws
/// BadField for what is no option's long name or no value.
std::vector<std::string> option_words(const nlohmann::json& options);

/// `command`: "video" or "genome". Throws BadField: an option that there is not, a value that it
/// does not take (with what it takes), options that do not go together.
CommandValues read_values(const std::string& command,
                          const nlohmann::json& options,
                          const std::vector<std::string>& inputs);

/// A message of the command line as a client of the API understands it: no dashes, no -y.
std::string for_clients(std::string message);

}  // namespace heddle::app::serve
