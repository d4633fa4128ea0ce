#pragma once
// The bytes behind an address, through a pipe: of http and https as they are; of rtsp its video
// packets, in a container that leaves them as they are (NUT). What a server gives ranges of can be
// read from anywhere: instead of the pipe there is a socket that serves it (io/served_bytes.h).
// The network stays in this process, decoding goes elsewhere. One own thread.

#include "io/source.h"

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace heddle::io {

class BytePump {
 public:
  /// Connects. Throws InputError, also for an mp4 that no pipe can carry: its index stands last.
  BytePump(const std::string& uri, const SourceOptions& options);
  ~BytePump();
  BytePump(const BytePump&) = delete;
  BytePump& operator=(const BytePump&) = delete;

  /// Where the bytes come out; the caller's to close.
  int take_descriptor();
  bool live() const;
  /// Bytes in all, where the server told; -1: it did not, there may be no end.
  std::int64_t size() const;
  /// Of them, up to where reading came.
  std::int64_t position() const;
  /// They ended before their size.
  bool broke() const;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  int read_ = -1;
  std::thread thread_;
};

}  // namespace heddle::io
