#include "app/command_text.h"
#include "app/joined.h"

#include <functional>

namespace heddle::app {
namespace {

std::vector<std::string> names_of(const OptionText& option) {
  if (option.argument) return {};
  std::vector<std::string> names = option.short_names;
  names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> command_names(const CommandText& command) {
  std::vector<std::string> names;
  for (const CommandText& inner : command.commands) names.push_back(inner.name);
  return names;
}

/// What may stand where the command's arguments do: further commands, values of which there are
/// only so many.
std::vector<std::string> argument_words(const CommandText& command) {
  std::vector<std::string> all = command_names(command);
  for (const OptionText& option : command.options) {
    if (option.argument) all.insert(all.end(), option.choices.begin(), option.choices.end());
  }
  return all;
}

/// Every command with its path: "", "genome", "eval tracks". What the program takes in front of a
/// command it takes behind it too: options with a value are shown with each.
using Visit = std::function<void(const CommandText& command, const std::string& path)>;
void each_command(const CommandText& command, const std::string& path, const Visit& visit) {
  visit(command, path);
  for (CommandText inner : command.commands) {
    for (const OptionText& option : command.options) {
      if (!option.argument && !option.value.empty()) inner.options.push_back(option);
    }
    each_command(inner, path.empty() ? inner.name : path + " " + inner.name, visit);
  }
}

/// Within single quotes.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char letter : text)
    safe += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return safe;
}

/// zsh reads brackets and colons of a description as its own.
std::string zsh_quoted(const std::string& text) {
  std::string safe;
  for (const char letter : quoted(text)) {
    if (letter == '[' || letter == ']' || letter == ':') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::string zsh_option(const OptionText& option, const std::string& name) {
  std::string text = "'" + name + "[" + zsh_quoted(option.help) + "]";
  if (!option.value.empty()) {
    text += ":" + zsh_quoted(option.value) + ":";
    text += option.choices.empty() ? "_files"
            : option.several       ? "_values -s , value " + joined(option.choices, " ")
                                   : "(" + joined(option.choices, " ") + ")";
  }
  return text + "'";
}

std::string zsh_case(const CommandText& command, const std::string& path) {
  std::string text = "    '" + path + "')\n      _arguments";
  for (const OptionText& option : command.options) {
    for (const std::string& name : names_of(option))
      text += " \\\n        " + zsh_option(option, name);
  }
  const std::vector<std::string> arguments = argument_words(command);
  if (!arguments.empty()) {
    const std::string what = command.commands.empty() ? "value" : "command";
    text += " \\\n        '1:" + what + ":(" + joined(arguments, " ") + ")'";
  } else {
    text += " \\\n        '*:file:_files'";
  }
  return text + "\n      ;;\n";
}

std::string fish_option(const OptionText& option, const std::string& when) {
  std::string text = "complete -c heddle -n '" + when + "'";
  for (const std::string& name : option.short_names) text += " -s " + name.substr(1);
  for (const std::string& name : option.names) text += " -l " + name.substr(2);
  if (!option.choices.empty()) {
    text += option.several ? " -x -a '(__fish_append , " + joined(option.choices, " ") + ")'"
                           : " -x -a '" + joined(option.choices, " ") + "'";
  } else if (!option.value.empty()) {
    text += " -r";
  }
  return text + " -d '" + quoted(option.help) + "'\n";
}

}  // namespace

std::string bash_completions(const CommandText& program) {
  std::string commands;
  std::string values;
  std::string words;
  each_command(program, "", [&](const CommandText& command, const std::string& path) {
    std::vector<std::string> all;
    for (const OptionText& option : command.options) {
      const std::vector<std::string> names = names_of(option);
      all.insert(all.end(), names.begin(), names.end());
      for (const std::string& name : names) {
        if (option.choices.empty()) continue;
        values += "    '" + path + ":" + name + "') words='" + joined(option.choices, " ") + "'" +
                  (option.several ? "; list=," : "") + " ;;\n";
      }
    }
    const std::string inner = joined(command_names(command), " ");
    if (!inner.empty()) commands += "    '" + path + "') known='" + inner + "' ;;\n";
    words += "    '" + path + "') words='" + joined(all, " ") + "'; commands='" +
             joined(argument_words(command), " ") + "' ;;\n";
  });
  return "# bash completions of heddle; source this file, or put it where bash-completion looks\n"
         "_heddle() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local path='' known='' words='' list='' commands='' before='' i word\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    known=''\n"
         "    case \"$path\" in\n" +
         commands +
         "    esac\n"
         "    for word in $known; do\n"
         "      [[ $word == \"${COMP_WORDS[i]}\" ]] && path=\"${path:+$path }$word\" && break\n"
         "    done\n"
         "  done\n"
         "  COMPREPLY=()\n"
         "  case \"$path:$prev\" in\n" +
         values +
         "  esac\n"
         "  if [[ -n $words ]]; then\n"
         "    [[ -n $list && $cur == *,* ]] && before=${cur%,*},\n"
         "    COMPREPLY=($(compgen -P \"$before\" -W \"$words\" -- \"${cur#\"$before\"}\"))\n"
         "    return\n"
         "  fi\n"
         "  case \"$path\" in\n" +
         words +
         "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "  elif [[ -n $commands ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n"
         "  fi\n"
         "}\n"
         "complete -o default -F _heddle heddle\n";
}

std::string zsh_completions(const CommandText& program) {
  std::string cases;
  std::string known;
  each_command(program, "", [&](const CommandText& command, const std::string& path) {
    cases += zsh_case(command, path);
    if (!path.empty()) known += " '" + path + "'";
  });
  return "#compdef heddle\n"
         "# zsh completions of heddle; put this file as _heddle into a folder of $fpath\n"
         "_heddle() {\n"
         "  local path_='' word\n"
         "  local -a known=(" +
         known +
         " )\n"
         "  for word in ${words[2,CURRENT-1]}; do\n"
         "    local next=\"${path_:+$path_ }$word\"\n"
         "    if (( ${known[(Ie)$next]} )); then\n"
         "      path_=$next\n"
         "      words=(heddle \"${(@)words[$((${words[(ie)$word]} + 1)),-1]}\")\n"
         "    fi\n"
         "  done\n"
         "  CURRENT=${#words}\n"
         "  case $path_ in\n" +
         cases +
         "  esac\n"
         "}\n"
         "_heddle \"$@\"\n";
}

std::string fish_completions(const CommandText& program) {
  std::string text =
      "# fish completions of heddle; put this file into ~/.config/fish/completions\n";
  each_command(program, "", [&](const CommandText& command, const std::string& path) {
    const std::string when =
        path.empty() ? "__fish_use_subcommand"
                     : "__fish_seen_subcommand_from " + path.substr(path.rfind(' ') + 1);
    for (const CommandText& inner : command.commands) {
      text += "complete -c heddle -n '" + when + "' -a " + inner.name + " -d '" +
              quoted(inner.help) + "'\n";
    }
    for (const OptionText& option : command.options) {
      if (!option.argument) {
        text += fish_option(option, when);
      } else if (!option.choices.empty()) {
        text += "complete -c heddle -n '" + when + "' -x -a '" + joined(option.choices, " ") +
                "' -d '" + quoted(option.help) + "'\n";
      }
    }
  });
  return text;
}

}  // namespace heddle::app
