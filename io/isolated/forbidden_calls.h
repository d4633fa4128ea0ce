#pragma once
// System calls that a hostile file might want to make, for tests of the confinement.

#include <span>
#include <string>
#include <string_view>

namespace heddle::io {

/// THE LIST: open, socket, exec, fork, kill, ptrace, chmod, mount.
std::span<const std::string_view> forbidden_calls();
/// Makes it. Returns where it was allowed. Throws std::invalid_argument for no such name.
void make_forbidden_call(const std::string& name);

}  // namespace heddle::io
