#pragma once
// The options of a run in words for its reports.

#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

/// "--min-repeat 200 --circular yes": what the command line or the options file said that may
/// change results, in the order of --help. Left out: inputs, the task (reports name both), and what
/// only says how and where (threads, progress, outputs), so that equal results make equal reports.
/// `command` has been parsed.
std::string given_options(const CLI::App& command);

}  // namespace heddle::app
