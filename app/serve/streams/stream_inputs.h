#pragma once
// A spec's input as its parts.

#include "app/serve/stream.h"
#include "app/serve/streams/live_parts.h"
#include "app/serve/streams/stream_options.h"
#include "app/serve/streams/upload_parts.h"

#include <memory>

namespace heddle::app::serve {

enum class InputKind { kFile, kAddress, kUpload, kFolder };
InputKind input_kind(const StreamSpec& spec);
/// From when on an input that is asked and gives nothing is said to be stalled. Connections have a
/// patience, so that of an address only what no interruption ends is found by it.
std::chrono::seconds longest_silence(const StreamSpec& spec);

/// Throws BadField where it can be told without opening that nothing will come of it.
void check_input(const StreamSpec& spec, const StreamOptions& options);

/// `desk` of an upload stream. All outlive the parts.
std::unique_ptr<Parts> make_parts(const StreamSpec& spec,
                                  const StreamOptions& options,
                                  const StreamServices& services,
                                  const LiveParts::World& world,
                                  const std::shared_ptr<UploadDesk>& desk);

}  // namespace heddle::app::serve
