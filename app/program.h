#pragma once
// What every executable does first and last: its process made safe, its command line parsed, every
// error one line and an exit code (exit_codes.h).

#include "app/command.h"

#include <functional>

namespace heddle::app {

/// Before any thread and any file.
void prepare_process();
/// For Interrupt: what is said and tidied where a signal ends the process at once.
void end_at_once(bool first_signal);
/// Parses, which runs the command's callback; gives the exit code. Throws what commands throw.
int parse_and_run(CLI::App& app, Session& session, int argc, char** argv);
/// The only catch-all.
int guarded(const std::function<int()>& body);

}  // namespace heddle::app
