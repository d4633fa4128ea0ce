#pragma once
// What a command line that cannot be understood is answered with.

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace heddle::app {

/// One sentence: what was typed that is unknown, what may have been meant, and where help is. `app`
/// is the program, in the state in which its parse threw `error`.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error);

}  // namespace heddle::app
