#include "io/formats/text_columns.h"

namespace heddle::io {

std::vector<std::string_view> columns_of(std::string_view line, std::size_t most) {
  std::vector<std::string_view> columns;
  for (;;) {
    const std::size_t end = columns.size() + 1 < most ? line.find('\t') : line.npos;
    columns.push_back(line.substr(0, end));
    if (end == line.npos) return columns;
    line.remove_prefix(end + 1);
  }
}

}  // namespace heddle::io
