#pragma once
// Another program as a child: its own process group, nothing of ours but its standard error, and
// gone when this process goes (even by kill -9). By fork and exec, with only async-signal-safe
// calls between. Threads: run() on one; interrupt() and end() from any.

#include <sys/types.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::app::serve {

struct ChildEnd {
  int exit_code = -1;  // -1: ended by `signal`
  int signal = 0;
};

class Child {
 public:
  /// Starts it, with `settings` ("NAME=value") beside our environment, hands on each line of its
  /// standard error, and waits for its end. The calling thread
  /// must live as long as the child: the kernel ends the child with it. Throws std::runtime_error
  /// where it cannot be started.
  ChildEnd run(const std::string& program,
               const std::vector<std::string>& words,
               const std::function<void(std::string_view line)>& on_line,
               const std::vector<std::string>& settings = {});
  /// SIGINT to the whole group: it finishes what is under way. Also before run() (it then does not
  /// start: exit code 130). A second one ends it at once.
  void interrupt();
  void end();  // SIGKILL

 private:
  pid_t start(const std::string& program,
              const std::vector<std::string>& words,
              const std::vector<std::string>& settings,
              int& lines);
  void signal(int number);

  std::mutex mutex_;
  pid_t process_ = 0;  // 0: none runs
  bool interrupted_ = false;
};

}  // namespace heddle::app::serve
