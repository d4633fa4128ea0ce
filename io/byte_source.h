#pragma once
// Bytes in order: what every reader of a format reads from, whatever stands behind it.

#include "io/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace heddle::io {

/// Single-threaded. Owned by the source that reads it.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the start of `buffer` and returns how many bytes: at least one, 0 only at the end. May
  /// block. Throws InputError naming the input and the byte; what was returned before stays valid.
  virtual std::size_t read(std::span<std::uint8_t> buffer) = 0;
  /// Bytes consumed of the stored input (compressed bytes where it is compressed): for progress.
  virtual std::int64_t position() const = 0;
  /// Bytes of the stored input, -1 where unknown.
  virtual std::int64_t size() const = 0;
  /// For messages: the path, or "standard input".
  virtual const std::string& name() const = 0;
};

}  // namespace heddle::io
