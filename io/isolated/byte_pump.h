#pragma once
// The bytes behind an address, through a pipe: of http and https as they are; of rtsp its video
// packets, in a container that leaves them as they are (NUT). The network stays in this process,
// decoding goes elsewhere. One own thread.

#include "io/source.h"

#include <memory>
#include <string>
#include <thread>

namespace heddle::io {

class BytePump {
 public:
  /// Connects. Throws InputError.
  BytePump(const std::string& uri, const SourceOptions& options);
  ~BytePump();
  BytePump(const BytePump&) = delete;
  BytePump& operator=(const BytePump&) = delete;

  /// Where the bytes come out; the caller's to close.
  int take_descriptor();
  bool live() const;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  int read_ = -1;
  std::thread thread_;
};

}  // namespace heddle::io
