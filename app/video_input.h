#pragma once
// What heddle video reads: opened, and cut to the part that was asked for.

#include "app/options.h"
#include "io/excerpt.h"
#include "io/source.h"

#include <memory>
#include <string>

namespace heddle::app {

/// "90", "1:30" or "0:01:30.5" -> seconds; "" where `text` is such a time, else what is wrong with
/// it.
std::string time_complaint(const std::string& text);
double parse_time(const std::string& text);

/// --ss, --to and --stride. Throws CommandError (usage) where they leave nothing.
io::ExcerptOptions excerpt_of(const VideoOptions& options);

/// Throws InputError, and CommandError (usage) for --fps where frames have times of their own.
std::unique_ptr<io::Source> open_video(const std::string& uri,
                                       io::SourceOptions source_options,
                                       const VideoOptions& options);

}  // namespace heddle::app
