#include "io/formats/unique_names.h"

#include <functional>

namespace heddle::io {

void UniqueNames::add(const std::string& name,
                      std::int64_t line,
                      const TextInput& text,
                      const char* what) {
  constexpr std::size_t kRemembered = 1 << 20;
  const std::size_t hash = std::hash<std::string>{}(name);
  const auto found = lines_.find(hash);
  if (found != lines_.end()) {
    text.fail(line,
              "the name '" + name + "' was used before, at line " + std::to_string(found->second) +
                  "; give every " + what + " its own name");
  }
  if (lines_.size() < kRemembered) lines_.emplace(hash, line);
}

}  // namespace heddle::io
