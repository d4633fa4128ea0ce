#pragma once
// An open file, pipe or standard input whose first bytes can be looked at without losing them.

#include "io/byte_source.h"

#include <memory>
#include <vector>

namespace heddle::io {

/// Single-threaded, owns its descriptor (standard input is borrowed). head() is a copy of the first
/// bytes; read() returns every byte from the first, also on a pipe that cannot seek.
class PeekedInput final : public ByteSource {
 public:
  static constexpr std::size_t kHeadBytes = 1 << 16;

  /// Opens `uri`, a path or "-", and reads its head (on a pipe: blocks for 64 KiB or the end). What
  /// cannot seek is waited for only until `stop_descriptor` becomes readable (-1: for ever): then
  /// this and every later read() from the system throw InterruptedError, also where bytes are
  /// there. Throws InputError: missing, folder, permission, read error (ReadError, as read() does),
  /// network address (told without its user and password).
  static std::unique_ptr<PeekedInput> open(const std::string& uri, int stop_descriptor = -1);

  /// Standard input as a socket behind which another process reads (served_bytes.h): can seek.
  /// Throws ReadError.
  static std::unique_ptr<PeekedInput> open_served();

  ~PeekedInput() override;
  PeekedInput(const PeekedInput&) = delete;
  PeekedInput& operator=(const PeekedInput&) = delete;

  std::span<const std::uint8_t> head() const { return head_; }

  std::size_t read(std::span<std::uint8_t> buffer) override;
  std::int64_t position() const override { return position_; }
  std::int64_t size() const override { return size_; }  // of a regular file
  const std::string& name() const override { return name_; }

  /// A regular file, or served. Of a file, descriptor() may be dup'ed by libraries that do their
  /// own I/O.
  bool seekable() const { return size_ >= 0; }
  /// The next read() returns bytes from `offset`. Seekable inputs only (else std::logic_error).
  void seek(std::int64_t offset);
  int descriptor() const { return descriptor_; }
  int stop_descriptor() const { return stop_descriptor_; }
  /// Whether a read() has thrown because of the stop.
  bool interrupted() const { return interrupted_; }

 private:
  PeekedInput(int descriptor, std::string name, int stop_descriptor);
  void wait_for_bytes();
  void read_head();
  std::size_t read_descriptor(std::span<std::uint8_t> buffer);

  int descriptor_;
  std::string name_;
  int stop_descriptor_;
  bool interrupted_ = false;
  std::int64_t served_at_ = -1;  // the next byte to ask for; -1: not served
  std::int64_t size_ = -1;
  std::int64_t position_ = 0;
  std::vector<std::uint8_t> head_;
};

}  // namespace heddle::io
