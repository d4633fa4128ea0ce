#pragma once
// --dump-config: the options of a run as a TOML file that -c takes.

#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

/// What was given (on the command line, by -c or by a preset) as keys, the defaults as comments,
/// each under its help.
std::string config_of(const CLI::App& command);

/// A configuration needs no inputs: makes the arguments of all commands optional where the command
/// line, which is not parsed yet, asks for one.
void relax_for_dump(CLI::App& program, int argc, const char* const* argv);

}  // namespace heddle::app
