#pragma once
// One row of THE LIST: how a format is recognised and opened. The list itself is in open.cpp.

#include "io/peeked_input.h"
#include "io/sink.h"
#include "io/source.h"

#include <memory>
#include <string_view>

namespace heddle::io {

/// The start of an input, at most PeekedInput::kHeadBytes of it as stored.
struct Head {
  std::string_view raw;      // as stored
  std::string_view content;  // behind gzip or bgzf, else the same as raw
};

/// A null function means: the format cannot do that.
struct Format {
  FormatInfo info;
  bool (*sniff)(const Head& head) = nullptr;
  std::unique_ptr<Source> (*open_source)(std::unique_ptr<PeekedInput> input,
                                         const SourceOptions& options) = nullptr;
  std::unique_ptr<Sink> (*open_sink)(const std::string& path, const SinkOptions& options) = nullptr;
};

/// One clause about content no format accepts: "looks like a PNG picture", "starts with 'LOCUS'".
std::string describe_content(const Head& head);

}  // namespace heddle::io
