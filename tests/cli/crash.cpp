#include "tests/cli/crash.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <stdexcept>

namespace heddle {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// name -> bytes of all that lies in a folder.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::directory_iterator(folder)) {
    content[entry.path().filename().string()] = bytes_of(entry.path());
  }
  return content;
}

pid_t start(std::vector<std::string> words, const fs::path& log) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child > 0) return child;
  const int messages = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  ::dup2(messages, STDOUT_FILENO);
  ::dup2(messages, STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

/// The exit code, or -1 where it was killed before its end.
int run_until(const std::vector<std::string>& words, const fs::path& log, double seconds) {
  const pid_t child = start(words, log);
  if (seconds >= 0) {
    const int end = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    pollfd ended{end, POLLIN, 0};
    const timespec moment{static_cast<time_t>(seconds),
                          static_cast<long>((seconds - std::floor(seconds)) * 1e9)};
    if (::ppoll(&ended, 1, &moment, nullptr) == 0) ::kill(child, SIGKILL);
    ::close(end);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("the process is lost");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Crasher {
 public:
  explicit Crasher(const CrashJob& job) : job_(job), random_(job.seed) {
    fs::remove_all(job.folder);
    fs::create_directories(job.folder);
  }

  CrashCount run() {
    count_.seconds = std::numeric_limits<double>::max();
    for (int i = 0; i < 2; ++i) {  // the first may have to read the disk
      fs::remove_all(job_.folder / "undisturbed");
      fs::create_directories(job_.folder / "undisturbed");
      const Clock::time_point began = Clock::now();
      if (run_until(words("undisturbed", false), log(), -1) != 0) {
        return trouble("the undisturbed run fails: " + bytes_of(log()));
      }
      const std::chrono::duration<double> took = Clock::now() - began;
      count_.seconds = std::min(count_.seconds, took.count());
    }
    span_ = count_.seconds;
    expected_ = content_of(job_.folder / "undisturbed");
    while (count_.kills < job_.moments && count_.trouble.empty()) {
      if (count_.runs > 20 * job_.moments) return trouble("runs end before they are killed");
      one_run();
    }
    return count_;
  }

 private:
  fs::path log() const { return job_.folder / "log.txt"; }

  CrashCount trouble(const std::string& what) {
    if (count_.trouble.empty()) count_.trouble = what;
    return count_;
  }

  std::vector<std::string> words(const std::string& output, bool resume) const {
    std::vector<std::string> all = job_.command;
    all.insert(all.end(), {"-o", (job_.folder / output).string() + "/"});
    if (resume) all.emplace_back("--resume");
    return all;
  }

  /// Killed some times, then left alone.
  void one_run() {
    fs::remove_all(job_.folder / "killed");
    fs::create_directories(job_.folder / "killed");
    const int kills = std::uniform_int_distribution(1, job_.most_in_a_run)(random_);
    bool resume = false;
    for (int i = 0; i < kills && count_.kills < job_.moments; ++i) {
      const double moment = std::uniform_real_distribution(0.0, span_)(random_);
      const Clock::time_point began = Clock::now();
      const int code = run_until(words("killed", resume), log(), moment);
      note_start(resume);
      if (code >= 0) {
        const std::chrono::duration<double> took = Clock::now() - began;
        if (!resume) span_ = std::min(span_, took.count());
        return end_run(code);
      }
      ++count_.kills;
      resume = true;
    }
    const int code = run_until(words("killed", true), log(), -1);
    note_start(true);
    end_run(code);
  }

  void note_start(bool resume) {
    const bool found = bytes_of(log()).find("going on behind") != std::string::npos;
    count_.continued += resume && found ? 1 : 0;
  }

  void end_run(int code) {
    ++count_.runs;
    if (code != 0) {
      trouble("exit code " + std::to_string(code) + ": " + bytes_of(log()));
      return;
    }
    const auto content = content_of(job_.folder / "killed");
    if (content == expected_) {
      ++count_.identical;
      return;
    }
    std::string names;
    for (const auto& [name, bytes] : content) {
      const auto other = expected_.find(name);
      if (other == expected_.end()) names += " " + name + " (too much)";
      if (other != expected_.end() && other->second != bytes) names += " " + name + " (differs)";
    }
    trouble("after " + std::to_string(count_.kills) + " kills:" + names);
  }

  const CrashJob& job_;
  std::mt19937_64 random_;
  CrashCount count_;
  double span_ = 0;  // the shortest run that was seen: kills come within it
  std::map<std::string, std::string> expected_;
};

}  // namespace

CrashCount crash_and_resume(const CrashJob& job) { return Crasher(job).run(); }

}  // namespace heddle
