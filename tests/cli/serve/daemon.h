#pragma once
// A daemon of this build as a process, for tests that talk to it: on a unix socket and a free port.

#include "tests/cli/serve/client.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/types.h>

#include <filesystem>
#include <string>

namespace heddle {

class RunningDaemon {
 public:
  /// `options`: beside --socket and --listen. Returns once it serves. Throws where it does not.
  RunningDaemon(const std::filesystem::path& folder, const std::string& options);
  ~RunningDaemon();  // kills it
  RunningDaemon(const RunningDaemon&) = delete;
  RunningDaemon& operator=(const RunningDaemon&) = delete;

  const Address& socket() const { return socket_; }
  const Address& tcp() const { return tcp_; }
  pid_t process() const { return process_; }
  void signal(int number);
  /// Its exit code, 128 + n after signal n; with what it still said in `said()`.
  int wait();
  const std::string& said() const { return said_; }

 private:
  bool read_more();

  pid_t process_ = 0;
  int messages_ = -1;
  std::string said_;
  Address socket_, tcp_;
};

/// A folder with small inputs, and daemons that may use it.
class Serving : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Started anew where one ran: that one is killed.
  RunningDaemon& start(const std::string& options = "");
  Reply ask(const std::string& method,
            const std::string& path,
            const std::string& body = "",
            const std::string& headers = "") {
    return heddle::ask(daemon_->socket(), method, path, body, headers);
  }
  /// The body of an answer with this status.
  nlohmann::json json_of(const Reply& reply, int status);
  /// The id of a stream that was started.
  std::string start_stream(const nlohmann::json& spec);
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
  std::unique_ptr<RunningDaemon> daemon_;
};

}  // namespace heddle
