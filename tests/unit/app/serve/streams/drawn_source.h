#pragma once
// What tests of streams share: a drawn clip as a source that can fail, fall silent or jump in time;
// a clock that nobody waits for; and a stream's events as they came.

#include "app/serve/stream.h"
#include "app/serve/streams/clock.h"
#include "app/serve/streams/running_stream.h"
#include "io/source.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace heddle::app::serve {

struct Drawing {
  int frames = 60;
  int width = 160, height = 120;
  double rate = 25;
  bool live = false;
  int fails_before = -1;   // this frame: InputError
  int silent_before = -1;  // this frame: waits for the stop descriptor
  int jumps_before = -1;   // this frame: 20 s later, after_gap
};

/// Two squares that cross a flat ground.
class DrawnSource final : public io::Source {
 public:
  explicit DrawnSource(const Drawing& drawing, int stop_descriptor = -1);
  const io::SourceInfo& info() const override { return info_; }
  std::optional<io::Sample> next() override;
  std::int64_t position() const override { return at_; }

 private:
  const Drawing drawing_;
  const int stop_;
  io::SourceInfo info_;
  int at_ = 0;
};

/// Time passes only by sleeping. Threads: any.
class TestClock final : public Clock {
 public:
  Time now() const override;
  bool sleep(std::chrono::nanoseconds time, Halt& halt) override;
  void pass(std::chrono::nanoseconds time);
  /// In seconds, in order.
  std::vector<double> sleeps() const;

 private:
  mutable std::mutex mutex_;
  Time now_{std::chrono::hours(1)};
  std::vector<double> sleeps_;
};

/// A spec with this input, otherwise as given by JSON.
StreamSpec spec_of(const std::string& kind, const std::string& input, nlohmann::json more = {});
/// Models of the source tree.
StreamServices services();
/// The same, with a folder for the daemon's state.
StreamServices keeping(const std::string& state);
/// Seams whose input is one drawn clip.
StreamSeams drawn(const Drawing& drawing);
/// An input that is not there yet: opening it waits for the end.
StreamSeams waiting();

/// The data of all events of a type so far, behind number `after`.
std::vector<nlohmann::json> events_of(Stream& stream,
                                      const std::string& type,
                                      std::int64_t after = 0);
/// Waits until there are so many; throws after a minute.
void wait_for(Stream& stream, const std::string& type, std::size_t count);
/// Waits for the end, for minutes at most: a machine may be busy.
void finish(Stream& stream);

}  // namespace heddle::app::serve
