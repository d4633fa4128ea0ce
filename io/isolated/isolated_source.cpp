// The server's side: starts the decoding process and takes its frames, trusting nothing it says.

#include "io/address.h"
#include "io/formats/ffmpeg_address.h"
#include "io/isolated/byte_pump.h"
#include "io/isolated/confinement.h"
#include "io/isolated/decoder_link.h"
#include "io/isolated/isolated_decoder.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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
  std::int64_t position() const override { return given_; }

  std::optional<Sample> next() override {
    const LinkMessage message = receive();
    if (message.kind == LinkMessage::Kind::kEnd) return std::nullopt;
    if (message.kind != LinkMessage::Kind::kFrame) distrust();
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
      distrust();
    }
    info_.format = message.text;
    info_.video = true;
    info_.live = pump_ && pump_->live();
    info_.width = message.width;
    info_.height = message.height;
    info_.pixel_width = std::max(1, message.pixel_width);
    info_.pixel_height = std::max(1, message.pixel_height);
    info_.frames_per_second = std::clamp(message.seconds, 0.0, 1e4);
    info_.total = message.total;
  }

  LinkMessage receive() {
    if (full_) distrust();  // a decoder that kept to its slots would have read
    pollfd awaited[] = {{link_->descriptor(), POLLIN, 0}, {stop_, POLLIN, 0}};
    while (::poll(awaited, 2, -1) < 0 && errno == EINTR) {
    }
    if (awaited[1].revents != 0) {
      throw InputError("interrupted while waiting for " + info_.name);
    }
    LinkMessage message;
    if (!link_->receive(message)) distrust();
    if (message.kind == LinkMessage::Kind::kError) {
      constexpr std::string_view kTheirs = "standard input";
      if (const auto at = message.text.find(kTheirs); at != message.text.npos) {
        message.text.replace(at, kTheirs.size(), info_.name);
      }
      throw InputError(message.text);
    }
    return message;
  }

  Sample copied(const LinkMessage& message) const {
    const auto bytes = kBytesPerPixel * static_cast<std::size_t>(info_.width) *
                       static_cast<std::size_t>(info_.height);
    if (message.width != info_.width || message.height != info_.height || message.slot >= kSlots) {
      distrust();
    }
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

  /// The process has gone, or says what makes no sense.
  [[noreturn]] void distrust() const {
    child_->link_closed();
    throw InputError(info_.name + ": the process that decoded it " + child_->end());
  }

  const int stop_;
  SourceInfo info_;
  FrameRing ring_;
  std::optional<BytePump> pump_;
  std::optional<DecoderLink> link_;
  mutable std::optional<Child> child_;
  std::int64_t given_ = 0;
  bool full_ = false;  // the link, of what the process must read
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
