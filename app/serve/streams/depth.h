#pragma once
// How many frames of a stream that drops may be under way at once. Each of them waits for those of
// all other streams, so that a machine that cannot keep up is late by streams * depth frames; but a
// stream that has the cores for itself needs several to use them. So it is tried out, once a
// second: fewer where frames are late, one more where frames are dropped although they are not.
// Threads: one.

namespace heddle::app::serve {

class Depth {
 public:
  /// `most` is at least 1.
  explicit Depth(int most);

  struct Seen {
    double latency_ms = -1;  // of the newest frame that became an event; -1: there is none
    double work_ms = 0;      // that the stages need for a frame
    bool dropped = false;    // frames, since the last look
  };
  /// What now() is then.
  int look(const Seen& seen);
  int now() const { return now_; }

 private:
  int most_;
  int now_;
};

}  // namespace heddle::app::serve
