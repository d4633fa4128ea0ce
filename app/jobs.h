#pragma once
// What heddle does: THE TABLE of its jobs, with the model that each runs and the formats that it
// can write.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::app {

struct Job {
  std::string command;               // "genome"
  std::string task;                  // "motifs"; empty: all that the command does
  std::string kind;                  // of its model; empty: it runs none
  std::string default_model;         // "genes-tiny"
  std::vector<std::string> formats;  // what it can write, the default first

  bool writes(std::string_view format) const;
  /// As a person would name it: "heddle video", "--task motifs".
  std::string label() const;
};

/// THE TABLE.
std::span<const Job> jobs();

/// Throws std::logic_error where there is none.
const Job& job_of(std::string_view command, std::string_view task = "");

/// The tasks of a command, in the order of the table.
std::vector<std::string> tasks_of(std::string_view command);

/// For --help: 'gff3 bed; genes also faa bam, repeats also paf'.
std::string formats_help(std::string_view command);

}  // namespace heddle::app
