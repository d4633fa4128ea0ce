// The decoding process: from standard input to shared memory.

#include "io/error.h"
#include "io/formats/ffmpeg_source.h"
#include "io/isolated/confinement.h"
#include "io/isolated/decoder_link.h"
#include "io/isolated/forbidden_calls.h"
#include "io/isolated/isolated_decoder.h"

#include <opencv2/core/utility.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <memory>

namespace heddle::io {
namespace {

/// What libraries look up in files on first use is looked up before that is forbidden.
void warm_up() {
  cv::setNumThreads(1);
  cv::getNumberOfCPUs();
}

bool put(const Frame& frame, std::uint32_t slot, const FrameRing& ring, DecoderLink& link) {
  if (frame.bgr.size() > ring.slot_bytes()) {
    link.send({.kind = LinkMessage::Kind::kError,
               .text = "standard input: its pictures do not fit the stream's memory"});
    return false;
  }
  std::memcpy(ring.slot(slot).data(), frame.bgr.data(), frame.bgr.size());
  return link.send({.kind = LinkMessage::Kind::kFrame,
                    .number = frame.number,
                    .seconds = frame.seconds,
                    .width = frame.width,
                    .height = frame.height,
                    .slot = slot,
                    .after_gap = frame.after_gap});
}

/// A socket: the server reads for us, from wherever we ask (byte_pump.h).
std::unique_ptr<Source> open_input(const SourceOptions& options) {
  struct stat status {};
  const bool served = ::fstat(STDIN_FILENO, &status) == 0 && S_ISSOCK(status.st_mode);
  return served ? open_ffmpeg(PeekedInput::open_served(), options) : open_source("-", options);
}

void decode(const ChildOptions& options, const FrameRing& ring, DecoderLink& link) {
  SourceOptions source_options;
  source_options.wanted = SourceOptions::Wanted::kVideo;
  source_options.max_pixels = options.max_pixels;
  const auto source = open_input(source_options);
  const SourceInfo& info = source->info();
  if (!info.video) {
    throw InputError("standard input is " + info.format + "; a video is needed here");
  }
  link.send({.kind = LinkMessage::Kind::kOpened,
             .text = info.format,
             .total = info.total,
             .seconds = info.frames_per_second,
             .width = info.width,
             .height = info.height,
             .pixel_width = info.pixel_width,
             .pixel_height = info.pixel_height});
  std::uint32_t sent = 0;
  while (auto sample = source->next()) {
    if (sent >= kSlots && !link.receive_free_slot()) return;
    if (!put(std::get<Frame>(*sample), sent++ % kSlots, ring, link)) return;
  }
  link.send({.kind = LinkMessage::Kind::kEnd});
}

}  // namespace

int run_confined_decoder(const ChildOptions& options) {
  ::close_range(kFramesDescriptor + 1, ~0U, 0);
  DecoderLink link(kLinkDescriptor);
  try {
    const FrameRing ring(kFramesDescriptor, options.slot_bytes);
    warm_up();
    confine(options.memory + kSlots * options.slot_bytes);
    if (!options.forbidden.empty()) make_forbidden_call(options.forbidden);
    decode(options, ring, link);
  } catch (const std::exception& error) {
    link.send({.kind = LinkMessage::Kind::kError, .text = error.what()});
  }
  ::_exit(0);  // what a library does at the end may be forbidden
}

}  // namespace heddle::io
