#include "app/serve/state_folder.h"

#include "app/exit_codes.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace heddle::app::serve {
namespace fs = std::filesystem;

StateFolder::StateFolder(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw CommandError(kOutput, "--state " + path_ + ": " + error.message());
  const std::string name = path_ + "/lock";
  lock_ = Socket(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock_.get() < 0) throw CommandError(kOutput, name + ": " + std::strerror(errno));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw CommandError(kOutput, "--state " + path_ + ": another daemon uses it");
  }
}

std::string StateFolder::sub_folder(const std::string& name) const {
  if (path_.empty()) return "";
  const fs::path folder = fs::path(path_) / name;
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) throw CommandError(kOutput, folder.string() + ": " + error.message());
  return folder.string();
}

}  // namespace heddle::app::serve
