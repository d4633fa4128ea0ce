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
#include <span>
#include <string_view>
#include <utility>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;

constexpr auto kQuietTime = std::chrono::seconds(5);
constexpr auto kLookAgain = std::chrono::milliseconds(1000);  // at files still written, or mended
/// What the program reads of genomes; told in configs/deploy. THE LIST.
constexpr std::string_view kEnds[] = {".fastq",
                                      ".fq",
                                      ".fasta",
                                      ".fa",
                                      ".fna",
                                      ".bam",
                                      ".sam",
                                      ".cram",
                                      ".gbk",
                                      ".gb",
                                      ".gbff",
                                      ".genbank"};
/// Of files that get another name once they are whole, and of indices. THE LIST.
constexpr std::string_view kPassing[] = {".tmp",
                                         ".temp",
                                         ".part",
                                         ".partial",
                                         ".crdownload",
                                         "~",
                                         ".bai",
                                         ".csi",
                                         ".crai",
                                         ".fai",
                                         ".gzi"};

bool ends_with_one(std::string_view name, std::span<const std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view one) { return name.ends_with(one); });
}

std::string other_ending() {
  std::string all;
  for (const std::string_view end : kEnds) all += " " + std::string(end);
  return "its name ends in none of" + all +
         " (or these with .gz); give it one of them if it is such";
}

bool is_quiet(const fs::path& path) {
  std::error_code gone;
  const auto changed = fs::last_write_time(path, gone);
  return !gone && fs::file_time_type::clock::now() - changed >= kQuietTime;
}

}  // namespace

bool is_sequence_file(const std::string& name) {
  std::string_view end = name;
  if (end.starts_with('.')) return false;
  if (end.ends_with(".gz")) end.remove_suffix(3);
  return ends_with_one(end, kEnds);
}

bool is_passing_file(const std::string& name) {
  return name.starts_with('.') || ends_with_one(name, kPassing);
}

FileMark mark_of(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {found.st_size, found.st_mtim.tv_sec * kSecond + found.st_mtim.tv_nsec, found.st_ino};
}

NewFiles::NewFiles(const std::string& folder, FolderNews news)
    : folder_(folder), news_(std::move(news)), events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
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
  if (is_sequence_file(name) && told_.insert(name).second) {
    news_.skipped(name, "a symbolic link is not followed; move or copy the file into the folder");
  }
  return true;
}

/// Told once of each that people see: sequencers write one a barcode.
void NewFiles::pass_folder(const std::string& name) {
  if (is_passing_file(name) || !told_.insert(name + "/").second) return;
  news_.skipped(name + "/", "a folder in the folder is not read; watch it by a stream of its own");
}

/// Told once of each that is a file.
bool NewFiles::is_other(const std::string& name) {
  if (is_sequence_file(name)) return false;
  std::error_code gone;
  if (is_passing_file(name) || !fs::is_regular_file(folder_ / name, gone)) return true;
  if (told_.insert(name).second) news_.skipped(name, other_ending());
  return true;
}

/// Told once of each change.
void NewFiles::look_at_read(const std::string& name) {
  const auto found = read_.find(name);
  if (found == read_.end()) return;
  const FileMark now = mark_of(folder_ / name);
  if (now.size < 0 || now == found->second) return;
  const FileMark then = std::exchange(found->second, now);
  news_.changed(name, then, now);
}

/// Changed since, it is as new.
void NewFiles::look_at_refused(const std::string& name) {
  const auto found = refused_.find(name);
  if (found == refused_.end() || found->second == mark_of(folder_ / name)) return;
  refused_.erase(found);
  seen_.erase(name);
}

void NewFiles::take(const std::string& name) {
  if (is_link(name)) return;
  if (is_other(name)) return;
  look_at_refused(name);
  look_at_read(name);
  if (seen_.insert(name).second) waiting_.push_back(name);
}

/// One that is still to be given will not be, unless it comes again.
void NewFiles::forget(const std::string& name) {
  told_.erase(name);
  told_.erase(name + "/");
  refused_.erase(name);
  read_.erase(name);
  const bool waited = std::erase(waiting_, name) > 0;
  if (seen_.erase(name) > 0 && !waited) gone_.push_back(name);
}

void NewFiles::scan() {
  scanned_ = true;
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    std::error_code gone;
    if (is_link(entry.path().filename().string())) continue;
    if (entry.is_directory(gone)) pass_folder(entry.path().filename().string());
    if (!entry.is_regular_file(gone)) continue;
    found.emplace_back(entry.last_write_time(gone), entry.path().filename().string());
  }
  std::set<std::string, std::less<>> here;
  for (const auto& [changed, name] : found) here.insert(name);
  for (const std::string& name : std::vector(seen_.begin(), seen_.end())) {
    if (!here.contains(name)) forget(name);
  }
  std::ranges::sort(found);
  for (const auto& [changed, name] : found) {
    if (is_other(name)) continue;
    look_at_refused(name);
    if (is_quiet(folder_ / name)) {
      take(name);
    } else if (!seen_.contains(name)) {
      young_.push_back(name);
    } else {
      look_at_read(name);
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
    } else if ((event.mask & IN_ISDIR) != 0) {
      pass_folder(name);
    } else if ((event.mask & IN_CREATE) != 0) {
      is_link(name);  // all others are taken once they are whole
    } else if (event.len > 0) {
      take(name);
    }
  }
}

void NewFiles::tell_gone() {
  if (!gone_.empty()) news_.gone();
}

bool NewFiles::give(std::optional<std::string>& name) {
  take_quiet();
  take_mended();
  if (waiting_.empty()) return false;
  name = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

std::optional<std::string> NewFiles::next(Halt& halt, const std::function<void()>& waits) {
  try {
    if (!scanned_) scan();
    tell_gone();
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
    tell_gone();
  }
  return std::nullopt;
}

}  // namespace heddle::app::serve
