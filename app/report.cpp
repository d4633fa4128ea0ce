#include "app/report.h"

#include "app/exit_codes.h"
#include "app/messages.h"
#include "app/time_to_go.h"
#include "io/error.h"

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>

namespace heddle::app {
namespace {

using Clock = std::chrono::steady_clock;

std::string format(const char* pattern, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string duration(double seconds) {
  if (seconds < 100) return format("%.1f s", seconds);
  const long whole = std::lround(seconds);
  if (whole < 3600) return format("%ld min %02ld s", whole / 60, whole % 60);
  return format("%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

struct Report::State {
  std::string command;
  bool quiet = false;
  bool verbose = false;
  std::string how;
  Clock::time_point start = Clock::now();
  Clock::time_point began = start;  // the input in work
  TimeToGo to_go;                   // of it

  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  std::thread thread;

  std::string progress_text(const std::string& unit, const Progress& now) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    std::string text = format(
        "%lld %s, %s", static_cast<long long>(now.items), unit.c_str(), duration(elapsed).c_str());
    if (now.total <= 0) return text;
    const double share =
        std::min(1.0, static_cast<double>(now.done) / static_cast<double>(now.total));
    const double left = to_go.after(elapsed, share);
    if (left < 0) return text;
    return format("%3.0f %%  ", 100 * share) + text + ", " + duration(left) + " to go";
  }

  void show(const std::string& unit, const Progress& now) {
    if (how == "json") {
      const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
      nlohmann::ordered_json object{{"event", "progress"}, {unit, now.items}, {"done", now.done}};
      if (now.total > 0) object["total"] = now.total;
      object["seconds"] = std::round(elapsed * 1000) / 1000;
      put_progress(object.dump() + "\n");
    } else {
      put_progress(progress_text(unit, now) + (how == "bar" ? "" : "\n"));
    }
  }

  void run(const std::string& unit, const std::function<Progress()>& read) {
    began = Clock::now();
    to_go = {};
    const std::chrono::milliseconds pause(how == "bar" ? 250 : how == "json" ? 1000 : 10000);
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, pause, [this] { return stop; })) show(unit, read());
    if (how == "json") show(unit, read());  // what it came to
    if (how == "bar") put_progress("");
  }
};

Progress progress_of(const pipeline::RunReport& run, std::int64_t total) {
  const double written =
      run.entered > 0 ? static_cast<double>(run.left) / static_cast<double>(run.entered) : 0;
  const double done = static_cast<double>(run.source_position) * written;
  return {static_cast<std::int64_t>(done), total, run.left};
}

Report::Report(std::string command, const RunOptions& options) : state_(std::make_unique<State>()) {
  state_->command = std::move(command);
  state_->quiet = options.quiet;
  state_->verbose = options.verbose;
  state_->how = options.progress;
  if (state_->how == "auto") state_->how = isatty(STDERR_FILENO) != 0 ? "bar" : "line";
  if (options.quiet) state_->how = "none";
  speak_json(state_->how == "json");
  if (!options.log.empty()) open_log(options.log);
}

Report::~Report() { stop_progress(); }

void Report::say(const std::string& line) { put_message("log", line, !state_->quiet); }

void Report::detail(const std::string& line) {
  put_message("log", line, state_->verbose && !state_->quiet);
}

void Report::warn(const std::string& line) { put_message("warning", line, !state_->quiet); }

void Report::start_progress(const std::string& unit, std::function<Progress()> read) {
  stop_progress();
  if (state_->how == "none") return;
  state_->stop = false;
  state_->thread = std::thread([this, unit, read = std::move(read)] { state_->run(unit, read); });
}

void Report::stop_progress() {
  if (!state_->thread.joinable()) return;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void Report::stages(const pipeline::RunReport& run) {
  for (const pipeline::StageStats& stage : run.stages) {
    detail(format("  %-10s %8lld items %9.2f s busy, longest %.1f ms",
                  stage.name.c_str(),
                  static_cast<long long>(stage.items),
                  stage.busy_seconds,
                  stage.longest_seconds * 1e3));
  }
}

void Report::last_line() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double wall = std::chrono::duration<double>(Clock::now() - state_->start).count();
  say(format("heddle %s: wall %s, CPU %s, peak memory %.0f MB",
             state_->command.c_str(),
             duration(wall).c_str(),
             duration(cpu_seconds(usage)).c_str(),
             static_cast<double>(usage.ru_maxrss) / 1024));
}

void print_result(const std::string& text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    if (errno == EPIPE) throw io::ClosedPipe("standard output: its reader has closed the pipe");
    throw CommandError(kOutput, "standard output: cannot be written");
  }
}

void print_error(const std::string& message) { put_message("error", message); }

void print_warning(const std::string& message) { put_message("warning", message); }

}  // namespace heddle::app
