#pragma once
// Words with something between them: 'gff3, bed, tsv'.

#include <string>
#include <string_view>
#include <vector>

namespace heddle::app {

inline std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != words.data()) text += between;
    text += word;
  }
  return text;
}

}  // namespace heddle::app
