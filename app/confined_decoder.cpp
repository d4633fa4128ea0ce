#include "app/confined_decoder.h"

#include <cstdlib>
#include <string_view>

namespace heddle::app {
namespace {

constexpr int kFewest = 5;  // program, command, bytes of a slot, pixels, memory

}  // namespace

std::optional<io::ChildOptions> confined_decoder(int argc, char** argv) {
  if (argc < kFewest || std::string_view(argv[1]) != io::IsolationOptions().command) {
    return std::nullopt;
  }
  io::ChildOptions options;
  options.slot_bytes = std::strtoull(argv[2], nullptr, 10);
  options.max_pixels = std::strtoll(argv[3], nullptr, 10);
  options.memory = std::strtoull(argv[4], nullptr, 10);
  if (argc > kFewest) options.forbidden = argv[kFewest];
  return options;
}

}  // namespace heddle::app
