#pragma once
// What an input is, for a run that would go on where an earlier one was left: the same bytes can be
// read again, and are the same.

#include <string>

namespace heddle::app {

/// No for standard input, addresses, pipes and devices. Whether anything is there is not asked.
bool can_be_read_again(const std::string& input);

/// As fact_of_file(); of a folder or a numbered pattern of pictures '750 pictures, 48,502 bytes,
/// names, sizes and times 1a2b3c4d'. Their content is not looked at: there may be an hour of them.
/// Empty for what cannot be read again or is not there.
std::string fact_of_input(const std::string& input);

}  // namespace heddle::app
