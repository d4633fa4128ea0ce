#pragma once
// Whether the options of heddle genome suit its inputs.

#include "app/options.h"
#include "app/output_plan.h"
#include "io/source.h"

#include <span>
#include <string>
#include <vector>

namespace heddle::app {

/// What can be told of files before any is read, over all inputs: --lift and -T where there is
/// nothing for them, --classes that an output cannot hold. Of streams nothing is known yet. Returns
/// what to say beforehand. Throws CommandError (usage), and InputError for a reference that is not
/// there.
std::vector<std::string> check_files(const GenomeOptions& options,
                                     std::span<const OutputTarget> targets);

/// One input, opened: it has what --lift and the outputs need. Throws CommandError (usage) and, for
/// records that it does not have, InputError.
void check_source(const GenomeOptions& options,
                  std::span<const OutputTarget> targets,
                  const io::SourceInfo& info);

}  // namespace heddle::app
