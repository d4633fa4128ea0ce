#pragma once
// Hands a peeked stream on to a library that wants a descriptor of its own.

#include "io/peeked_input.h"

#include <atomic>
#include <exception>
#include <string>
#include <thread>

namespace heddle::io {

/// A thread copies `input`, from its first byte, into a socket pair. Only for inputs that cannot
/// seek: a file's descriptor is better dup'ed. `input` must outlive this and is not to be touched
/// meanwhile. The destructor stops the thread also while it waits for input.
class StreamFeeder {
 public:
  explicit StreamFeeder(PeekedInput& input);
  ~StreamFeeder();
  StreamFeeder(const StreamFeeder&) = delete;
  StreamFeeder& operator=(const StreamFeeder&) = delete;

  /// The end to read from. The caller closes it, before this object goes.
  int reader() const { return reader_; }
  std::int64_t position() const { return position_.load(std::memory_order_relaxed); }

  static constexpr std::size_t kTailBytes = 64;
  /// Once the reader has seen the end: joins the thread, throws the InputError that cut the stream
  /// short, if one did, and returns its last bytes.
  const std::string& finish();
  /// At any time: throws the InputError that has cut the stream short, if one has. To the reader
  /// such a stream looks truncated.
  void rethrow_failure() const;

 private:
  void copy();
  bool wait_for_input() const;
  bool send_all(std::span<const std::uint8_t> bytes) const;

  PeekedInput& input_;
  int reader_ = -1, writer_ = -1, stop_ = -1;
  std::atomic<std::int64_t> position_ = 0;
  std::string tail_;
  std::exception_ptr error_;
  std::atomic<bool> failed_ = false;  // error_ is there
  std::thread thread_;
};

}  // namespace heddle::io
