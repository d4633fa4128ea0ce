#pragma once
// What must be the same for two runs to give the same bytes, as text that can be told to a person.

#include "app/journal.h"

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace heddle::app {

/// 'passes': false for the options that never change results, such as 'threads'.
bool may_change_results(std::string_view option);

/// '--passes' -> '2' for every option, given or by default. Without inputs, whose addresses may
/// hold passwords.
RunFacts facts_of_options(const CLI::App& command);
/// Without the options that never change results. Inputs and outputs are facts of their own.
RunFacts that_matter(RunFacts options);

/// '48,502 bytes, changed 2026-03-01 12:00:00.123, ends 1a2b3c4d': size, time and a check sum of
/// the first and last 64 KiB. Empty for what is no file and cannot be read twice.
std::string fact_of_file(const std::string& path);

/// What differs, in words: '--passes was 1 and is 2'; empty: nothing does.
std::string difference(const RunFacts& before, const RunFacts& now);

}  // namespace heddle::app
