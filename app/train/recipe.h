#pragma once
// A recipe: options of heddle train in a TOML file, named as on the command line.
//
//   from = "genes-reference"
//   data = ["prok"]
//   steps = 4000
//   learning-rate = 3e-4

#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

/// Gives `command`, which has been parsed, the options of the file that the command line left out.
/// Throws CommandError (input) where the file cannot be read, (usage) naming the line's fault or
/// the nearest option, and CLI::ParseError on a value out of range.
void apply_recipe(CLI::App& command, const std::string& path);

}  // namespace heddle::app
