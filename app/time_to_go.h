#pragma once
// How long a run still takes, by how far it is. Items leave in bursts, for they keep their order
// and one may be as long as a hundred others: elapsed time over share done then swings by half. So
// the pace is that of the area under the curve of the share, drawn straight from one burst to the
// next. Threads: one.

namespace heddle::app {

class TimeToGo {
 public:
  /// Seconds, after so many with this share (0 to 1) done; negative: nothing tells yet. Asked now
  /// and then, in order.
  double after(double elapsed, double share) {
    if (share > share_) {
      time_ += (elapsed * elapsed - elapsed_ * elapsed_) / 2;
      shares_ += (elapsed - elapsed_) * (share + share_) / 2;
      elapsed_ = elapsed;
      share_ = share;
    }
    return shares_ > 0 ? (1 - share_) * time_ / shares_ : -1;
  }

 private:
  double elapsed_ = 0, share_ = 0;  // at the end of the last burst
  double time_ = 0;                 // integral of the elapsed time up to there
  double shares_ = 0;  // of the share; were that elapsed / total, total is time_ / shares_
};

}  // namespace heddle::app
