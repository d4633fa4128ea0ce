#pragma once
// How --help shows options: name, kind of value, what it does, [default].

#include <CLI/CLI.hpp>

#include <string>

namespace heddle::app {

class HelpFormatter : public CLI::Formatter {
 public:
  /// One empty line at a time: a screen is short.
  std::string make_help(const CLI::App* app,
                        std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace heddle::app
