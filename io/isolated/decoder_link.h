#pragma once
// Between a server and the process that decodes for it: messages over a socket that keeps their
// bounds, frames through shared memory. The server trusts neither. Belongs to isolated_*.

#include "io/snapshot.h"
#include "io/source.h"

#include <cstdint>
#include <span>
#include <string>

namespace heddle::io {

/// The decoding process finds its descriptors at these numbers; the input is standard input.
inline constexpr int kLinkDescriptor = 3;
inline constexpr int kFramesDescriptor = 4;
inline constexpr std::uint32_t kSlots = 3;
inline constexpr std::size_t kLongestMessage = 4096;

struct LinkMessage {
  enum class Kind : std::uint8_t { kOpened, kFrame, kEnd, kError };
  Kind kind = Kind::kEnd;
  std::string text;  // kOpened: the format; kError: the reason
  std::int64_t number = 0;
  std::int64_t total = -1;
  double seconds = 0;  // kOpened: frames a second
  std::int32_t width = 0, height = 0, pixel_width = 1, pixel_height = 1;
  std::uint32_t slot = 0;
  bool after_gap = false;

  void snapshot(Snapshot& s) {
    s(kind, text, number, total, seconds, width, height, pixel_width, pixel_height, slot);
    s(after_gap);
  }
};

/// One side of the link. Owns the descriptor.
class DecoderLink {
 public:
  explicit DecoderLink(int descriptor) : descriptor_(descriptor) {}
  ~DecoderLink();
  DecoderLink(const DecoderLink&) = delete;
  DecoderLink& operator=(const DecoderLink&) = delete;

  int descriptor() const { return descriptor_; }
  /// False: the other side has gone.
  bool send(LinkMessage message);
  /// Never waits. False: the other side leaves unread what it must have read. That it has gone is
  /// told by receive(), behind what it sent before.
  bool send_free_slot();
  /// Waits. False: the other side has gone, or what came is no message.
  bool receive(LinkMessage& message);
  bool receive_free_slot();

 private:
  int descriptor_;
};

/// Shared memory for kSlots frames of `slot_bytes` each, mapped. Pages that no frame touches cost
/// nothing.
class FrameRing {
 public:
  /// Makes it. Throws std::system_error.
  explicit FrameRing(std::size_t slot_bytes);
  /// Of the other process, from its descriptor.
  FrameRing(int descriptor, std::size_t slot_bytes);
  ~FrameRing();
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;

  int descriptor() const { return descriptor_; }
  std::size_t slot_bytes() const { return slot_bytes_; }
  std::span<std::uint8_t> slot(std::uint32_t number) const;

 private:
  void map();
  int descriptor_;
  const std::size_t slot_bytes_;
  std::uint8_t* memory_ = nullptr;
};

}  // namespace heddle::io
