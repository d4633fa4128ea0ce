#include "app/serve/jobs/child.h"

#include "app/serve/http/listen.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace heddle::app::serve {
namespace {

constexpr std::size_t kLongestLine = 1 << 16;
constexpr int kExitInterrupted = 130;
constexpr int kExitNotStarted = 127;

/// What the child says of itself is no business of ours to hand on.
constexpr std::string_view kNotForChildren[] = {
    "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_", "HEDDLE_NETWORK="};

std::vector<char*> environment(const std::vector<std::string>& more) {
  std::vector<char*> kept;
  for (const std::string& setting : more) kept.push_back(const_cast<char*>(setting.c_str()));
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry = *at;
    bool ours = false;
    for (const std::string_view start : kNotForChildren) ours |= entry.starts_with(start);
    if (!ours) kept.push_back(*at);
  }
  kept.push_back(nullptr);
  return kept;
}

/// Between fork and exec: nothing here may allocate or lock.
[[noreturn]] void become(char* const* words, char* const* settings, int errors, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExitNotStarted);  // it went before the line above
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  // What was ignored stays ignored over exec, and a job is asked to end by a signal.
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(words[0], words, settings);
  ::_exit(kExitNotStarted);
}

void read_lines(int descriptor, const std::function<void(std::string_view)>& on_line) {
  std::array<char, 4096> piece{};
  std::string waiting;
  for (;;) {
    const ssize_t size = ::read(descriptor, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    waiting.append(piece.data(), static_cast<std::size_t>(size));
    std::size_t from = 0;
    for (std::size_t end = 0; (end = waiting.find('\n', from)) != std::string::npos;) {
      on_line(std::string_view(waiting).substr(from, end - from));
      from = end + 1;
    }
    waiting.erase(0, from);
    if (waiting.size() > kLongestLine) waiting.clear();  // no line of ours is that long
  }
  if (!waiting.empty()) on_line(waiting);
}

}  // namespace

pid_t Child::start(const std::string& program,
                   const std::vector<std::string>& words,
                   const std::vector<std::string>& more,
                   int& lines) {
  std::vector<char*> arguments{const_cast<char*>(program.c_str())};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::vector<char*> settings = environment(more);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("no pipe to a job's process: ") + std::strerror(errno));
  }
  const pid_t parent = ::getpid();
  const pid_t made = ::fork();
  if (made == 0) become(arguments.data(), settings.data(), ends[1], parent);
  ::close(ends[1]);
  if (made < 0) {
    ::close(ends[0]);
    throw std::runtime_error(std::string("no process for a job: ") + std::strerror(errno));
  }
  ::setpgid(made, made);  // whichever of the two comes first
  lines = ends[0];
  return made;
}

ChildEnd Child::run(const std::string& program,
                    const std::vector<std::string>& words,
                    const std::function<void(std::string_view line)>& on_line,
                    const std::vector<std::string>& settings) {
  int lines = -1;
  pid_t process = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (interrupted_) return {kExitInterrupted, 0};
    process_ = process = start(program, words, settings, lines);
  }
  const Socket closed_at_end(lines);
  read_lines(lines, on_line);
  siginfo_t info{};
  // Leaves the number taken, so that no signal of ours can go to a stranger that has it next.
  while (::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  const std::scoped_lock lock(mutex_);
  process_ = 0;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(process, &status, 0);
  } while (ended < 0 && errno == EINTR);
  if (ended < 0) {
    throw std::runtime_error(std::string("how a job's process ended is not known: ") +
                             std::strerror(errno));
  }
  if (WIFEXITED(status)) return {WEXITSTATUS(status), 0};
  return {-1, WTERMSIG(status)};
}

void Child::signal(int number) {
  const std::scoped_lock lock(mutex_);
  interrupted_ = true;
  if (process_ > 0) ::kill(-process_, number);
}

void Child::interrupt() { signal(SIGINT); }

void Child::end() { signal(SIGKILL); }

}  // namespace heddle::app::serve
