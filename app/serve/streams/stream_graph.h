#pragma once
// A stream's graph: what `heddle video` and `heddle genome` compose, within the stream's memory.

#include "app/build.h"
#include "app/serve/stream.h"
#include "app/serve/streams/depth.h"
#include "app/serve/streams/stream_options.h"
#include "io/attribute.h"
#include "pipeline/graph.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace heddle::app::serve {

/// Frames of video that a stream keeps beside those under way: the one that waits at the entrance
/// and the one that is shown.
inline constexpr int kFramesBeside = 2;

struct StreamGraph {
  std::unique_ptr<pipeline::Graph> graph;
  AfterRun after;
  /// Behind the end of the input: throws CommandError (usage) as AfterVideo's.
  std::function<void()> verify = [] {};
  bool drops = false;             // frames, when it cannot keep up
  std::optional<Depth> depth;     // where it drops
  std::size_t segment_bytes = 0;  // of a genome, under way: bases and what the model says of them
};

/// `source` is open and outlives the graph, as the models do. `begin`: the number of the first
/// frame that is new, where an earlier process has told of those before it. Throws CommandError:
/// resource where the budget does not hold one frame; what the options ask for in vain.
StreamGraph build_stream(const StreamSpec& spec,
                         const StreamOptions& options,
                         const StreamServices& services,
                         io::Source& source,
                         std::int64_t begin = 0);

/// Of a genome's features.
std::vector<io::Attribute> attributes_of(const StreamSpec& spec, const StreamOptions& options);

/// Bytes of a frame of the source; 0 for sequences.
std::size_t frame_bytes(const io::SourceInfo& info);

}  // namespace heddle::app::serve
