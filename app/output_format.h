#pragma once
// Which formats an output is in: what -O says, else what the extension of -o says, else the job's
// default.

#include "app/jobs.h"
#include "app/options.h"
#include "io/sink.h"

#include <string>
#include <vector>

namespace heddle::app {

/// The row of the list of formats; null where none that is written has the name.
const io::FormatInfo* written_format(std::string_view name);

/// `folder`: the path is one, and its extension says nothing. Throws CommandError (usage) for a
/// format that the job does not write, one named twice, an extension of none, and an extension
/// that disagrees with -O.
std::vector<std::string> wanted_formats(const OutputOptions& options, const Job& job, bool folder);

/// Has it an extension by which it can only be a file? ('one.bed', 'all.gff3.gz'; not 'results.v2')
bool names_a_file(const std::string& path);

}  // namespace heddle::app
