#pragma once
// Where a daemon keeps what must outlive it. One daemon a folder: two would start the same streams.

#include "app/serve/http/listen.h"

#include <string>

namespace heddle::app::serve {

class StateFolder {
 public:
  /// Empty: nothing is kept. Makes the folder where it is missing. Throws CommandError (output)
  /// where it cannot be used, or another daemon uses it.
  explicit StateFolder(std::string path);
  /// Empty where the folder is; made where it is missing.
  std::string sub_folder(const std::string& name) const;

 private:
  const std::string path_;
  Socket lock_;  // a descriptor, whose lock ends with the process
};

}  // namespace heddle::app::serve
