#include "app/command.h"
#include "app/command_text.h"
#include "app/report.h"
#include "app/version.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace heddle::app {
namespace {

std::string text_of(const std::string& what, const CommandText& program) {
  if (what == "man") return man_page(program, kVersion);
  if (what == "bash") return bash_completions(program);
  if (what == "zsh") return zsh_completions(program);
  return fish_completions(program);
}

}  // namespace

void add_docs_command(CLI::App& app, Session& /*session*/) {
  CLI::App* command = app.add_subcommand("docs", "the manual page, and completions for a shell");
  auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "man, bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}))
      ->type_name("WHAT");
  command->footer(
      "\nExamples:\n"
      "  heddle docs man > heddle.1\n"
      "  heddle docs bash > ~/.local/share/bash-completion/completions/heddle");
  command->callback([what, &app] { print_result(text_of(*what, command_text(app))); });
}

}  // namespace heddle::app
