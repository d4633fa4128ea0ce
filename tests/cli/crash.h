#pragma once
// Kills a command at random moments, has it go on with --resume, and compares what it has written
// in the end with what it writes when nobody disturbs it.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace heddle {

struct CrashJob {
  /// The executable and its words; '-o OUT/' is added, and --resume from the second start on.
  std::vector<std::string> command;
  int moments = 200;      // kills in all
  int most_in_a_run = 4;  // kills of one run, at random from 1
  std::uint64_t seed = 1;
  std::filesystem::path folder;  // is made anew
};

struct CrashCount {
  int kills = 0;        // by SIGKILL while the process ran
  int continued = 0;    // starts that found a journal to go on with
  int runs = 0;         // that came to their end
  int identical = 0;    // with the bytes of the undisturbed run, and nothing beside them
  double seconds = 0;   // of the undisturbed run
  std::string trouble;  // the first that was found; empty: none
};

CrashCount crash_and_resume(const CrashJob& job);

}  // namespace heddle
