#pragma once
// A text input, plain, gzip or bgzf, by chunks and lines, that knows where it is.

#include "io/gzip_input.h"
#include "io/peeked_input.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

/// Lines end with LF, CR LF or CR. A byte order mark at the start is skipped. Single-threaded.
class TextInput {
 public:
  static constexpr std::size_t kLongestHeader = 1 << 20;

  explicit TextInput(std::unique_ptr<PeekedInput> input);

  /// Unread bytes, at least one; empty only at the end. Valid until the next call on this object.
  std::string_view chunk();
  /// Takes `count` bytes of the chunk, none of which ends a line.
  void take(std::size_t count);
  /// Takes the chunk's first byte, which is CR or LF.
  void take_line_end();
  /// Appends the rest of the line, without its end. False at the end of the input. Throws
  /// InputError where the line would be longer than `limit`.
  bool append_line(std::string& line, std::size_t limit = kLongestHeader);

  std::int64_t line() const { return line_; }      // 1-based, of the next byte
  std::int64_t column() const { return column_; }  // 1-based
  bool at_line_start() const { return column_ == 1; }
  Compression compression() const { return compression_; }
  /// Stored bytes behind what was taken; inside a buffer of unpacked text in proportion.
  std::int64_t position() const;
  std::int64_t size() const { return bytes_->size(); }
  const std::string& name() const { return bytes_->name(); }

  /// Throws InputError "NAME, line L: WHAT" (fail_here: "line L, column C").
  [[noreturn]] void fail(std::int64_t line, const std::string& what) const;
  [[noreturn]] void fail_here(const std::string& what) const;

 private:
  bool refill();

  Compression compression_;
  std::unique_ptr<ByteSource> bytes_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of the unread part of the buffer
  std::int64_t stored_begin_ = 0;    // stored bytes before the buffer
  std::int64_t line_ = 1;
  std::int64_t column_ = 1;
  bool after_return_ = false;  // a CR was taken: an LF right behind it belongs to it
};

/// A byte for messages: 'x' or 0x07.
std::string quote_byte(unsigned char byte);

}  // namespace heddle::io
