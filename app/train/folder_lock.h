#pragma once
// A folder that one run at a time writes to: two would mix their logs and checkpoints.

#include <string>

namespace heddle::app {

/// Holds FOLDER/lock for as long as it lives; the lock ends with the process, however that ends.
class FolderLock {
 public:
  /// Makes the folder where it is missing. Throws CommandError (output) where it cannot be used, or
  /// another run holds it.
  explicit FolderLock(const std::string& folder);
  /// Removes the file, and a folder that it made and that nothing was put into.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  void take();
  void give_back_folder() noexcept;

  const std::string folder_;
  const std::string file_;
  bool made_ = false;  // the folder, by us
  int descriptor_ = -1;
};

}  // namespace heddle::app
