#pragma once
// A file's name outlives a fall of the machine only once its folder has been made durable.

#include <string>

namespace heddle::io {

/// Of what was made at `path` or renamed to it. Any thread. Throws OutputError naming the path; a
/// folder that may not be listed, or whose file system cannot, has nothing to make durable.
void make_name_durable(const std::string& path);

}  // namespace heddle::io
