#pragma once
// What a report keeps of the identities of a run, in bounded memory however long the video: of the
// ended ones, those that were seen longest; of each, when it was seen, and a path of at most
// kMostPoints places.

#include "io/record.h"
#include "io/sample.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace heddle::io {

/// A time in which an identity was seen without a break, or away.
struct IdentitySpan {
  double from = 0, to = 0;  // seconds
  bool seen = true;
};

struct PathPoint {
  double x = 0, y = 0;  // centre of the box
  bool begins = false;  // nothing leads to it: the identity comes into view here
};

struct Identity {
  std::int64_t id = 0;
  std::string label;
  std::int64_t frames = 0;  // in which it was seen
  double score_sum = 0;
  std::int64_t returns = 0;         // times it came back after being away
  std::vector<IdentitySpan> spans;  // seen and away in turn, the first and last seen
  std::vector<PathPoint> path;
  std::int64_t step = 1;           // frames between two points of the path
  double mentioned = 0;            // seconds it was last told of, also as lost
  std::int64_t last_written = -1;  // the frame of the run it was last seen in, counted as written

  double first_seconds() const { return spans.front().from; }
  double last_seconds() const { return spans.back().to; }
};

/// "person 17", "17" without a class.
std::string identity_name(std::int64_t id, const std::string& label);

/// An identity that came back: it is told as recovered, or was not seen for kAwaySeconds.
struct Return {
  std::int64_t id = 0;
  double left = 0, back = 0;  // seconds
  std::string name;           // with its class
};

class IdentityLog {
 public:
  static constexpr std::size_t kMostEnded = 400;
  static constexpr std::size_t kMostSpans = 128;
  static constexpr std::size_t kMostPoints = 128;
  static constexpr double kAwaySeconds = 0.5;   // unseen for less is no absence, unless said so
  static constexpr double kForgetSeconds = 60;  // away for longer is ended

  /// One frame's records; the identities that came back in it.
  std::vector<Return> add(const Frame& frame, std::span<const Record> records);

  /// All that are kept, by the time they appeared.
  std::vector<Identity> kept() const;

  std::int64_t frames() const { return frames_; }
  std::int64_t identities() const { return identities_; }
  std::int64_t most_at_once() const { return most_; }
  std::int64_t sightings() const { return sightings_; }  // objects summed over frames
  std::int64_t returns() const { return returns_; }
  std::int64_t failures() const { return failures_; }
  double first_seconds() const { return first_seconds_; }  // of the first frame
  double last_seconds() const { return last_seconds_; }
  /// Identities by class, those without under "".
  const std::map<std::string, std::int64_t>& classes() const { return classes_; }

 private:
  bool see(Identity& identity, const Track& track);
  void end(std::int64_t id);
  void end_those_away();

  std::map<std::int64_t, Identity> live_;
  std::vector<Identity> ended_;  // at most kMostEnded
  std::map<std::string, std::int64_t> classes_;
  std::int64_t frames_ = 0, identities_ = 0, most_ = 0, sightings_ = 0, returns_ = 0, failures_ = 0;
  double first_seconds_ = 0, last_seconds_ = 0;
};

}  // namespace heddle::io
