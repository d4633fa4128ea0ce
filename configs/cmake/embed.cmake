# cmake -DOUT=assets_data.cpp -DFILES=a,b -P embed.cmake
# Writes a C++ file with the bytes of FILES as heddle::app::serve::assets() (app/serve/assets.h), named without their
# folders, each with an ETag of its content.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" FILES "${FILES}")
set(bodies "")
set(names "")
foreach(path IN LISTS FILES)
  get_filename_component(name ${path} NAME)
  list(APPEND names ${name})
  set(path_of_${name} ${path})
endforeach()
list(SORT names)
set(rows "")
set(index 0)
foreach(name IN LISTS names)
  file(READ ${path_of_${name}} bytes HEX)
  file(SHA256 ${path_of_${name}} sum)
  string(SUBSTRING ${sum} 0 16 tag)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND bodies "constexpr unsigned char kBytes${index}[] = {\n${bytes}0};\n")
  string(APPEND rows "      {\"${name}\", \"\\\"${tag}\\\"\", view(kBytes${index}, ${size})},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT}.new "// Written by configs/cmake/embed.cmake.
#include \"app/serve/assets.h\"

#include <array>
#include <cstddef>

namespace heddle::app::serve {
namespace {

${bodies}
std::string_view view(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::span<const Asset> assets() {
  static const std::array<Asset, ${index}> all{{
${rows}  }};
  return all;
}

}  // namespace heddle::app::serve
")
file(RENAME ${OUT}.new ${OUT})
