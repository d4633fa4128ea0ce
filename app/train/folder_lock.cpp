#include "app/train/folder_lock.h"

#include "app/exit_codes.h"
#include "io/open_partials.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace heddle::app {

namespace fs = std::filesystem;

FolderLock::FolderLock(const std::string& folder)
    : folder_(folder), file_((fs::path(folder) / "lock").string()) {
  std::error_code error;
  made_ = fs::create_directories(folder_, error);
  if (error) throw CommandError(kOutput, folder_ + ": " + error.message());
  try {
    // Whoever held it before may have removed the file between our open() and our lock.
    do take();
    while (!io::name_leads_to(file_, descriptor_));
  } catch (...) {
    give_back_folder();
    throw;
  }
}

void FolderLock::take() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) {
    throw CommandError(kOutput, file_ + ": cannot be opened: " + std::strerror(errno));
  }
  // File systems without locks guard nothing, as with all outputs.
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw CommandError(
      kOutput,
      folder_ + ": another run is training here; wait for its end, or name another folder with -o");
}

FolderLock::~FolderLock() {
  ::unlink(file_.c_str());  // while it is ours
  ::close(descriptor_);
  give_back_folder();
}

void FolderLock::give_back_folder() noexcept {
  std::error_code error;
  if (made_) fs::remove(folder_, error);  // only if it is empty
}

}  // namespace heddle::app
