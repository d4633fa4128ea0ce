#pragma once
// Files that are part of the executable: the live page and the API's description. Written by
// configs/cmake/embed.cmake at build. Threads: any; nothing of it ever changes.

#include <span>
#include <string_view>

namespace heddle::app::serve {

struct Asset {
  std::string_view name;  // "index.html"
  std::string_view etag;  // quoted; of the content
  std::string_view bytes;
};

/// Sorted by name.
std::span<const Asset> assets();
/// Null: there is none of this name.
const Asset* find_asset(std::string_view name);
/// "text/css; charset=utf-8", by the name's extension.
std::string_view type_of_asset(std::string_view name);

}  // namespace heddle::app::serve
