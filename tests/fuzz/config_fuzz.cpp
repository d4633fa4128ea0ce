#include "app/command.h"
#include "app/config.h"
#include "app/interrupt.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <sstream>
#include <string>

// Reads the text as the program does after -c, and runs no command.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace heddle::app;
  static Interrupt interrupt;
  static Session session{interrupt};
  static CLI::App* const program = [] {
    static CLI::App app("fuzz");
    declare_config(app, "");
    for (const AddCommand add : commands()) add(app, session);
    return &app;
  }();
  std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
  try {
    program->get_config_formatter()->from_config(text);
  } catch (const CLI::Error&) {
    return 0;
  }
  return 0;
}
