#pragma once
// The commands as the executable declares them, for tests of what clients may ask of them.

#include "app/command.h"
#include "app/command_text.h"

#include <CLI/CLI.hpp>

namespace heddle::app::serve {

inline CommandText program() {
  static Interrupt interrupt;
  static Session session{interrupt};
  CLI::App app("heddle");
  app.option_defaults()->always_capture_default();
  for (const AddCommand add : commands()) add(app, session);
  return command_text(app);
}

}  // namespace heddle::app::serve
