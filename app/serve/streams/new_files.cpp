#include "app/serve/streams/new_files.h"

#include "io/error.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;

constexpr auto kQuietTime = std::chrono::seconds(5);
constexpr auto kLookAgain = std::chrono::milliseconds(1000);  // at files still written, or mended
constexpr std::string_view kEnds[] = {
    ".fastq", ".fq", ".fasta", ".fa", ".fna", ".sam", ".bam", ".cram", ".gb", ".gbk", ".gbff"};
constexpr std::string_view kNotWhole[] = {".tmp", ".temp", ".part", ".partial", ".crdownload", "~"};

bool is_quiet(const fs::path& path) {
  std::error_code gone;
  const auto changed = fs::last_write_time(path, gone);
  return !gone && fs::file_time_type::clock::now() - changed >= kQuietTime;
}

bool is_told(const std::string& name) {
  return !name.starts_with('.') &&
         std::ranges::none_of(kNotWhole, [&](std::string_view end) { return name.ends_with(end); });
}

}  // namespace

bool is_sequence_file(const std::string& name) {
  std::string_view end = name;
  if (end.starts_with('.')) return false;
  if (end.ends_with(".gz")) end.remove_suffix(3);
  return std::ranges::any_of(kEnds, [&](std::string_view one) { return end.ends_with(one); });
}

FileMark mark_of(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {found.st_size, found.st_mtim.tv_sec * kSecond + found.st_mtim.tv_nsec, found.st_ino};
}

NewFiles::NewFiles(const std::string& folder,
                   std::function<void(const std::string&, PassedOver)> on_passed)
    : folder_(folder),
      on_passed_(std::move(on_passed)),
      events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  const std::uint32_t wanted = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE |
                               IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (events_ >= 0 && ::inotify_add_watch(events_, folder.c_str(), wanted) >= 0) return;
  const std::string why = std::strerror(errno);
  if (events_ >= 0) ::close(events_);
  throw io::InputError(folder + ": cannot be watched: " + why);
}

NewFiles::~NewFiles() { ::close(events_); }

/// Told once of each that has a name of ours.
bool NewFiles::is_link(const std::string& name) {
  std::error_code gone;
  if (!fs::is_symlink(folder_ / name, gone)) return false;
  if (is_sequence_file(name) && passed_.insert(name).second) on_passed_(name, PassedOver::kLink);
  return true;
}

/// Changed since, it is as new.
void NewFiles::look_at_refused(const std::string& name) {
  const auto found = refused_.find(name);
  if (found == refused_.end() || found->second == mark_of(folder_ / name)) return;
  refused_.erase(found);
  seen_.erase(name);
}

/// Each change is told once.
void NewFiles::look_at_given(const std::string& name) {
  const auto found = given_.find(name);
  if (found == given_.end() || refused_.contains(name)) return;
  const FileMark now = mark_of(folder_ / name);
  if (now == std::exchange(found->second, now)) return;
  on_passed_(name, PassedOver::kChangedLater);
}

void NewFiles::take(const std::string& name) {
  if (is_link(name)) return;
  if (!is_sequence_file(name)) {
    if (is_told(name) && passed_.insert(name).second) on_passed_(name, PassedOver::kOtherKind);
    return;
  }
  look_at_refused(name);
  if (seen_.insert(name).second) {
    waiting_.push_back(name);
  } else {
    look_at_given(name);
  }
}

/// But for one that is still to be given: it stands in the queue once.
void NewFiles::forget(const std::string& name) {
  passed_.erase(name);
  refused_.erase(name);
  given_.erase(name);
  const bool waits = std::ranges::find(waiting_, name) != waiting_.end();
  if (!waits && seen_.erase(name) > 0) gone_.push_back(name);
}

void NewFiles::scan() {
  scanned_ = true;
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    std::error_code gone;
    if (is_link(entry.path().filename().string()) || !entry.is_regular_file(gone)) continue;
    found.emplace_back(entry.last_write_time(gone), entry.path().filename().string());
  }
  std::set<std::string, std::less<>> here;
  for (const auto& [changed, name] : found) here.insert(name);
  for (const std::string& name : std::vector(seen_.begin(), seen_.end())) {
    if (!here.contains(name)) forget(name);
  }
  std::ranges::sort(found);
  for (const auto& [changed, name] : found) {
    look_at_refused(name);
    if (is_quiet(folder_ / name)) {
      take(name);
    } else if (is_sequence_file(name) && !seen_.contains(name)) {
      young_.push_back(name);
    }
  }
}

void NewFiles::take_quiet() {
  std::erase_if(young_, [this](const std::string& name) {
    if (!is_quiet(folder_ / name)) return seen_.contains(name);
    take(name);
    return true;
  });
}

/// By the clock, for a folder may be never quiet.
void NewFiles::take_mended() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookAgain) return;
  looked_ = now;
  std::vector<std::string> mended;
  for (const auto& [name, mark] : refused_) {
    const bool waits = std::ranges::find(waiting_, name) != waiting_.end();
    if (!waits && mark != mark_of(folder_ / name) && is_quiet(folder_ / name)) {
      mended.push_back(name);
    }
  }
  for (const std::string& name : mended) take(name);
}

void NewFiles::read_events() {
  alignas(inotify_event) std::array<char, 1 << 16> buffer;
  const ssize_t got = ::read(events_, buffer.data(), buffer.size());
  for (ssize_t at = 0; at < got;) {
    inotify_event event;
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    at += static_cast<ssize_t>(sizeof event + event.len);
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
      throw io::InputError(folder_.string() + ": the folder has gone");
    }
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      scan();
    } else if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
      forget(name);
    } else if ((event.mask & IN_CREATE) != 0) {
      is_link(name);  // all others are taken once they are whole
    } else if (event.len > 0) {
      take(name);
    }
  }
}

bool NewFiles::give(std::optional<std::string>& name) {
  take_quiet();
  take_mended();
  if (waiting_.empty()) return false;
  name = std::move(waiting_.front());
  waiting_.pop_front();
  given_[*name] = mark_of(folder_ / *name);
  return true;
}

std::optional<std::string> NewFiles::next(Halt& halt, const std::function<void()>& waits) {
  try {
    if (!scanned_) scan();
  } catch (const fs::filesystem_error& error) {
    throw io::InputError(folder_.string() + ": cannot be listed: " + error.code().message());
  }
  std::optional<std::string> name;
  for (bool waited = false; !halt.raised();) {
    if (give(name)) return name;
    if (!std::exchange(waited, true)) waits();
    pollfd awaited[] = {{events_, POLLIN, 0}, {halt.descriptor(), POLLIN, 0}};
    const bool looks = !young_.empty() || !refused_.empty();
    ::poll(awaited, 2, looks ? static_cast<int>(kLookAgain.count()) : -1);
    if (awaited[0].revents != 0) read_events();
  }
  return std::nullopt;
}

}  // namespace heddle::app::serve
