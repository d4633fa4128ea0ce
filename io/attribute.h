#pragma once
// What an attribute of features is: its name, and of which type its values are. A record holds
// values as text; formats with types of their own (JSON) write each as what is declared here.

#include <cstdint>
#include <string>

namespace heddle::io {

struct Attribute {
  enum class Type : std::uint8_t { kText, kInteger, kNumber };
  std::string name;  // as in Interval::attributes
  Type type = Type::kText;
};

}  // namespace heddle::io
