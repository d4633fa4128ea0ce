#include "app/messages.h"

#include "app/exit_codes.h"
#include "app/printable.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <utility>

namespace heddle::app {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A process has one standard error, and so one of these.
struct Ways {
  std::mutex mutex;
  std::unique_ptr<std::FILE, Close> log;
  bool json = false;
  bool times = false;
  bool open_line = false;  // a bar stands there
};

Ways& ways() {
  static Ways made;
  return made;
}

std::string time_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03ldZ", now.tv_nsec / 1'000'000);
  return text.data();
}

/// Standard error is a pipe to the journal, and no other that the program was given since.
bool goes_to_the_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat now {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &now) != 0) return false;
  return std::to_string(now.st_dev) + ":" + std::to_string(now.st_ino) == stream;
}

}  // namespace

void open_log(const std::string& path) {
  Ways& to = ways();
  const std::scoped_lock lock(to.mutex);
  to.log.reset(std::fopen(path.c_str(), "ae"));
  if (!to.log) {
    throw CommandError(kOutput, "--log " + path + ": cannot be written: " + std::strerror(errno));
  }
  std::setvbuf(to.log.get(), nullptr, _IOLBF, 0);
}

void speak_json(bool json) { ways().json = json; }

void tell_times() { ways().times = !goes_to_the_journal(); }

void put_message(std::string_view kind, const std::string& text, bool shown) {
  Ways& to = ways();
  const std::string line = (kind == "log" ? "" : std::string(kind) + ": ") + printable(text);
  const std::scoped_lock lock(to.mutex);
  if (to.log) std::fprintf(to.log.get(), "%s %s\n", time_text().c_str(), line.c_str());
  if (!shown) return;
  if (std::exchange(to.open_line, false)) std::fputs("\r\033[K", stderr);
  if (to.json) {
    const nlohmann::ordered_json object{{"event", kind}, {"text", printable(text)}};
    std::fprintf(stderr, "%s\n", object.dump().c_str());
  } else {
    const std::string time = to.times ? time_text() + " " : "";
    std::fprintf(stderr, "%s%s\n", time.c_str(), line.c_str());
  }
}

void put_progress(const std::string& text) {
  Ways& to = ways();
  const std::scoped_lock lock(to.mutex);
  if (std::exchange(to.open_line, false)) std::fputs("\r\033[K", stderr);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  to.open_line = !text.empty() && text.back() != '\n';
}

}  // namespace heddle::app
