#pragma once
// What a person sees on standard error while a command runs: a header, progress, warnings and the
// last line. A bar only on a terminal; otherwise a line every ten seconds, or (json) an object a
// second. Nothing here ever goes to standard output. How messages look: messages.h.

#include "app/options.h"
#include "pipeline/stats.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace heddle::app {

struct Progress {
  std::int64_t done = 0;
  std::int64_t total = -1;  // -1: unknown
  std::int64_t items = 0;   // frames or segments written
};

/// How far a run is whose input is `total` long (-1: unknown). What was read but waits for its
/// turn is not done: a small input is read at once.
Progress progress_of(const pipeline::RunReport& run, std::int64_t total);

class Report {
 public:
  Report(std::string command, const RunOptions& options);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void say(const std::string& line);     // one line of log
  void detail(const std::string& line);  // only with --verbose, and in the log
  void warn(const std::string& line);    // not with --quiet: exit codes tell of failures
  /// Starts showing progress; `read` is called from the report's own thread.
  void start_progress(const std::string& unit, std::function<Progress()> read);
  void stop_progress();
  void stages(const pipeline::RunReport& run);
  /// 'heddle genome: wall 3.2 s, CPU 6.1 s, peak memory 312 MB'.
  void last_line();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 'error: ...' on standard error: the one place every failure ends.
void print_error(const std::string& message);
/// What a command answers with, on standard output. Throws CommandError where that cannot be
/// written.
void print_result(const std::string& text);
/// 'warning: ...', of commands that have no Report.
void print_warning(const std::string& message);

}  // namespace heddle::app
