#pragma once
// A temporary file without a name: gone with its handle, however the process ends.

#include <cstdio>
#include <memory>
#include <string>

namespace heddle::io {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using NamelessFile = std::unique_ptr<std::FILE, CloseFile>;

/// In $TMPDIR, else /tmp; to write and to read. Throws OutputError.
NamelessFile open_nameless();
/// "FOLDER: a temporary file cannot be written there: REASON". `reason` as in errno.
[[noreturn]] void fail_nameless(int reason);

}  // namespace heddle::io
