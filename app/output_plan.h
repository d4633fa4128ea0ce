#pragma once
// Where a command's records go: -o and -O resolved to one file a format and input, before anything
// is opened.
//
// One format and -o FILE: that file. Several formats, several inputs, or a path that is a folder
// (or ends in /): a folder, with one file an input and format, named STEM.EXTENSION. Standard
// output takes one text format.

#include "app/jobs.h"
#include "app/options.h"

#include <span>
#include <string>
#include <vector>

namespace heddle::app {

struct OutputTarget {
  std::string format;
  std::string path;
};

struct OutputRequest {
  const OutputOptions& options;
  std::span<const std::string> inputs;
  const Job& job;
  std::span<const std::string> also_read;  // files that no output may replace
};

/// The outputs of every input, in the order of the inputs. Throws CommandError (usage): a format or
/// an extension that the job does not write, -O and an extension that disagree, a file's name where
/// a folder is needed, two outputs of one name; (output): a file that exists without -y or
/// --resume, or is read by the run, or a folder that is not there. Makes and opens nothing.
std::vector<std::vector<OutputTarget>> plan_outputs(const OutputRequest& request);

/// Does one of them write the input's own records again?
bool rewrite_records(std::span<const OutputTarget> targets);
/// Does one of them show every frame of a video?
bool show_frames(std::span<const OutputTarget> targets);
/// Is one of them in this format?
bool any_in(std::span<const OutputTarget> targets, std::string_view format);

}  // namespace heddle::app
