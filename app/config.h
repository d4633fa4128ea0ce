#pragma once
// Options from a TOML file (-c): plain keys and values, one [section] a command, named as on the
// command line. What is unknown is an error that names the file, the line and the nearest name.
//
//   [genome]
//   format = "gff3,faa"
//   min-length = 60

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

/// Adds -c,--config and -x,--preset to the program. `preset`: the preset's file, empty: none; its
/// values hold where neither the command line nor the file gives others. `app` outlives its parse.
void declare_config(CLI::App& app, const std::string& preset);
/// The file that -c named, once the program's command line was read; empty: none.
std::string config_file(const CLI::App& app);

}  // namespace heddle::app
