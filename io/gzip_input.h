#pragma once
// Gzip, BGZF included, as plain bytes.

#include "io/byte_source.h"

#include <memory>
#include <string_view>

namespace heddle::io {

enum class Compression : std::uint8_t { kNone, kGzip, kBgzf };

/// What the first bytes say. BGZF (SAM specification, section 4.1) is gzip with a BC extra field.
Compression compression_of(std::span<const std::uint8_t> head);
std::string_view to_string(Compression compression);  // "", "gzip", "bgzf"

/// Inflates `inner`, any number of members. Bytes before damage are returned, then InputError is
/// thrown: truncated stream, bad checksum, bytes after the last member that are neither a member
/// nor zero padding, BGZF without its end-of-file marker.
std::unique_ptr<ByteSource> open_gzip(std::unique_ptr<ByteSource> inner);

/// The first bytes of the content behind `head`, as far as `head` reaches and at most its size
/// times four: for sniffing. Returns `head` itself where it is not compressed.
std::string content_head(std::span<const std::uint8_t> head);

}  // namespace heddle::io
