// The server's side: starts the decoding process and takes its frames, trusting nothing it says.

#include "io/address.h"
#include "io/formats/ffmpeg_address.h"
#include "io/interrupted_error.h"
#include "io/isolated/byte_pump.h"
#include "io/isolated/confinement.h"
#include "io/isolated/decoder_link.h"
#include "io/isolated/isolated_decoder.h"
#include "io/unusable_error.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

constexpr int kHigh = 16;  // above the numbers that the child finds its descriptors at
constexpr std::size_t kBytesPerPixel = 3;
constexpr int kMoments = 100;
/// What no honest decoder says: more pictures, longer pixels, wider holes, a later time.
constexpr std::int64_t kMostFrames = 1'000'000'000'000;
constexpr int kWidestPixel = 10'000;
constexpr std::int64_t kWidestHole = 1'000'000'000;
constexpr double kLatest = 1e9;  // seconds

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  const int number_;
};

/// Out of the way of those numbers. Takes the descriptor.
Descriptor raised(int descriptor) {
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kHigh);
  const int reason = errno;
  ::close(descriptor);
  if (high < 0) throw std::system_error(reason, std::generic_category(), "a descriptor");
  return Descriptor(high);
}

int open_path(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) {
    throw InputError(path + ": cannot be opened: " + std::strerror(errno));
  }
  return descriptor;
}

class Child {
 public:
  Child(const IsolationOptions& isolation,
        const ChildOptions& options,
        int input,
        int link,
        int frames) {
    std::vector<std::string> words{isolation.program,
                                   isolation.command,
                                   std::to_string(options.slot_bytes),
                                   std::to_string(options.max_pixels),
                                   std::to_string(options.memory)};
    if (!isolation.forbidden.empty()) words.push_back(isolation.forbidden);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, link, kLinkDescriptor);
    ::posix_spawn_file_actions_adddup2(&actions, frames, kFramesDescriptor);
    const int result = ::posix_spawn(
        &process_, isolation.program.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (result != 0) {
      process_ = -1;
      throw std::system_error(result, std::generic_category(), "the decoding process");
    }
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Makes it end, if it has not. How it ended: "was killed for a forbidden system call".
  std::string end() {
    if (process_ < 0) return "ended early";
    int status = 0;
    pid_t ended = 0;
    // Who has closed the link is dying: what of, is worth a moment.
    for (int left = gone_ ? kMoments : 0; left > 0 && ended == 0; --left) {
      ended = ::waitpid(process_, &status, WNOHANG);
      if (ended == 0) ::poll(nullptr, 0, 2);
    }
    if (ended == 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, &status, 0);
    }
    process_ = -1;
    if (ended != 0 && WIFSIGNALED(status)) {
      return WTERMSIG(status) == SIGSYS ? "was killed for a forbidden system call"
                                        : "died of signal " + std::to_string(WTERMSIG(status));
    }
    return "ended early";
  }
  void link_closed() { gone_ = true; }

 private:
  pid_t process_ = -1;
  bool gone_ = false;
};

class IsolatedSource final : public Source {
 public:
  IsolatedSource(const std::string& uri,
                 const SourceOptions& options,
                 const IsolationOptions& isolation)
      : stop_(options.stop_descriptor),
        ring_(static_cast<std::size_t>(options.max_pixels) * kBytesPerPixel) {
    info_.name = without_password(uri);
    start(uri, options, isolation);
    open();
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return by_bytes_ ? pump_->position() : given_; }

  std::optional<Sample> next() override {
    const LinkMessage message = receive();
    if (message.kind == LinkMessage::Kind::kEnd) {
      if (pump_ && pump_->broke()) {
        throw InputError(info_.name + ": the connection broke before its end");
      }
      return std::nullopt;
    }
    if (message.kind != LinkMessage::Kind::kFrame) disbelieve("a message");
    Sample sample = copied(message);
    ++given_;
    if (!link_->send_free_slot()) full_ = true;
    return sample;
  }

 private:
  void start(const std::string& uri,
             const SourceOptions& options,
             const IsolationOptions& isolation) {
    const bool address = names_address(uri);
    if (address) pump_.emplace(uri, options);
    const Descriptor input = raised(address ? pump_->take_descriptor() : open_path(uri));
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
      throw std::system_error(errno, std::generic_category(), "a socket pair");
    }
    link_.emplace(ends[0]);
    const Descriptor theirs = raised(ends[1]);
    const Descriptor frames = raised(::dup(ring_.descriptor()));
    child_.emplace(isolation,
                   ChildOptions{ring_.slot_bytes(), options.max_pixels, isolation.memory, ""},
                   input.get(),
                   theirs.get(),
                   frames.get());
  }

  void open() {
    const LinkMessage message = receive();
    const auto pixels = std::int64_t{message.width} * message.height;
    if (message.kind != LinkMessage::Kind::kOpened || message.width < 1 || message.height < 1 ||
        static_cast<std::size_t>(pixels) * kBytesPerPixel > ring_.slot_bytes()) {
      disbelieve("a size");
    }
    info_.format = message.text;
    info_.video = true;
    info_.live = pump_ && pump_->live();
    info_.width = message.width;
    info_.height = message.height;
    info_.pixel_width = std::clamp(message.pixel_width, 1, kWidestPixel);
    info_.pixel_height = std::clamp(message.pixel_height, 1, kWidestPixel);
    const bool rate = std::isfinite(message.seconds);
    info_.frames_per_second = rate ? std::clamp(message.seconds, 0.0, 1e4) : 0;
    info_.total = std::clamp<std::int64_t>(message.total, -1, kMostFrames);
    // What a server tells the length of has an end, also where nobody counts its pictures.
    by_bytes_ = info_.total <= 0 && pump_ && pump_->size() > 0;
    if (by_bytes_) info_.total = pump_->size();
  }

  LinkMessage receive() {
    if (full_) disbelieve("a number of pictures");  // else it would have read of free places
    pollfd awaited[] = {{link_->descriptor(), POLLIN, 0}, {stop_, POLLIN, 0}};
    while (::poll(awaited, 2, -1) < 0 && errno == EINTR) {
    }
    if (awaited[1].revents != 0) {
      throw InterruptedError("interrupted while waiting for " + info_.name);
    }
    LinkMessage message;
    if (!link_->receive(message)) gone();
    if (message.kind == LinkMessage::Kind::kError) {
      constexpr std::string_view kTheirs = "standard input";
      if (const auto at = message.text.find(kTheirs); at != message.text.npos) {
        message.text.replace(at, kTheirs.size(), info_.name);
      }
      const bool whole = pump_ && pump_->size() > 0 && !pump_->broke();
      if (whole && info_.width == 0) throw UnusableError(message.text);
      throw InputError(message.text);
    }
    return message;
  }

  /// Numbers rise, and not so fast that what is added to them could overflow.
  void check(const LinkMessage& message) const {
    if (message.width != info_.width || message.height != info_.height) disbelieve("a size");
    if (message.slot >= kSlots) disbelieve("a place");
    const bool rises = message.number > last_ && message.number - kWidestHole < last_;
    if (!rises) disbelieve("a number");
    const bool time = std::isfinite(message.seconds) && std::abs(message.seconds) < kLatest;
    if (!time) disbelieve("a time");
  }

  Sample copied(const LinkMessage& message) {
    const auto bytes = kBytesPerPixel * static_cast<std::size_t>(info_.width) *
                       static_cast<std::size_t>(info_.height);
    check(message);
    last_ = message.number;
    Frame frame;
    frame.number = message.number;
    frame.seconds = message.seconds;
    frame.width = info_.width;
    frame.height = info_.height;
    frame.after_gap = message.after_gap;
    frame.stream = info_.name;
    const auto slot = ring_.slot(message.slot);
    frame.bgr.assign(slot.begin(), slot.begin() + static_cast<std::ptrdiff_t>(bytes));
    return Sample(std::move(frame));
  }

  /// The process has gone, or its message was none.
  [[noreturn]] void gone() const {
    child_->link_closed();
    throw InputError(info_.name + ": the process that decoded it " + child_->end());
  }

  /// It lies, and is ended.
  [[noreturn]] void disbelieve(const char* what) const {
    child_->end();
    throw InputError(info_.name + ": the process that decoded it told " + what +
                     " that cannot be, and was ended");
  }

  const int stop_;
  SourceInfo info_;
  FrameRing ring_;
  std::optional<BytePump> pump_;
  std::optional<DecoderLink> link_;
  mutable std::optional<Child> child_;
  std::int64_t given_ = 0;
  std::int64_t last_ = -1;  // frame's number
  bool by_bytes_ = false;   // total and position are bytes of the pump
  bool full_ = false;       // the link, of what the process must read
};

}  // namespace

std::unique_ptr<Source> open_isolated(const std::string& uri,
                                      const SourceOptions& options,
                                      const IsolationOptions& isolation) {
  if (const std::string absent = confinement_absent(); !absent.empty()) {
    throw RequestError(absent);
  }
  return std::make_unique<IsolatedSource>(uri, options, isolation);
}

}  // namespace heddle::io
