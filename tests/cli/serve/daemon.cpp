#include "tests/cli/serve/daemon.h"

#include "tests/shell.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace heddle {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> words_of(const fs::path& folder, const std::string& options) {
  std::vector<std::string> words{
      HEDDLE_BINARY, "serve", "--socket", (folder / "s").string(), "--listen", "127.0.0.1:0"};
  std::istringstream text(options);
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

}  // namespace

RunningDaemon::RunningDaemon(const fs::path& folder, const std::string& options) {
  const std::vector<std::string> words = words_of(folder, options);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    if (::chdir(folder.c_str()) == 0) ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  messages_ = ends[0];
  constexpr std::string_view kHere = " http://127.0.0.1:";
  for (;;) {
    const std::size_t at = said_.find(kHere);
    if (at != std::string::npos && said_.find('\n', at) != std::string::npos) {
      tcp_.port = static_cast<std::uint16_t>(std::stoi(said_.substr(at + kHere.size())));
      break;
    }
    if (!read_more()) throw std::runtime_error("the daemon does not start: " + said_);
  }
  socket_.socket = (folder / "s").string();
}

RunningDaemon::~RunningDaemon() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(messages_);
}

bool RunningDaemon::read_more() {
  std::array<char, 4096> piece{};
  const ssize_t size = ::read(messages_, piece.data(), piece.size());
  if (size <= 0) return false;
  said_.append(piece.data(), static_cast<std::size_t>(size));
  return true;
}

void RunningDaemon::signal(int number) { ::kill(process_, number); }

int RunningDaemon::wait() {
  while (read_more()) {
  }
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Serving::SetUp() {
  folder_ = fresh_folder("serve");  // short: a socket's path has 107 bytes
  for (const char* name : {"genome.fa", "match.mp4"}) {
    fs::copy(fs::path(HEDDLE_TEST_DATA) / "house" / name, folder_ / name);
  }
}

void Serving::TearDown() {
  daemon_.reset();
  fs::remove_all(folder_);
}

RunningDaemon& Serving::start(const std::string& options) {
  daemon_.reset();
  daemon_ = std::make_unique<RunningDaemon>(folder_, options);
  return *daemon_;
}

nlohmann::json Serving::json_of(const Reply& reply, int status) {
  EXPECT_EQ(reply.status, status) << reply.body;
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << reply.body;
  return json;
}

std::string Serving::start_stream(const nlohmann::json& spec) {
  return json_of(ask("POST", "/v1/streams", spec.dump()), 201).value("id", "");
}

}  // namespace heddle
