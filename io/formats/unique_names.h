#pragma once
// Names that a file may give once: of its sequences, of its records. Memory: 24 bytes or so a name,
// for the first million of them. Threads: one caller.

#include "io/formats/text_input.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace heddle::io {

class UniqueNames {
 public:
  /// `what` has names in such a file: "sequence". Throws text's error for `line` where the name
  /// was used before, and says where.
  void add(const std::string& name, std::int64_t line, const TextInput& text, const char* what);

 private:
  std::unordered_map<std::size_t, std::int64_t> lines_;  // by hash of the name
};

}  // namespace heddle::io
