#pragma once
// The streams of the daemon: so many at once, each with a name that no other had, and with a state
// folder their specs on disk, so that a daemon that was killed starts them again, and what is known
// of those that have ended, until they are forgotten.
// Threads: every call from any thread.

#include "app/serve/records.h"
#include "app/serve/stream.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace heddle::app::serve {

using StartStream = std::function<std::unique_ptr<Stream>(StreamSpec, const StreamServices&)>;

struct StreamsOptions {
  int most = 64;                                   // that run at once
  std::size_t most_memory = std::size_t{4} << 30;  // that one may ask for
  int most_ended = 256;  // that have ended and are remembered; the oldest are forgotten first
  StreamServices services;
  StartStream start;
  /// Makes the paths of a spec real again at a restart. Throws ApiError: it is allowed no more.
  std::function<void(StreamSpec&)> confine = [](StreamSpec&) {};
  std::size_t most_ended_bytes = std::size_t{1} << 30;  // of those; the newest stays, however large
};

class Streams {
 public:
  explicit Streams(StreamsOptions options);
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  /// Gives it its id. Throws ApiError: 429 too_many_streams, 400 bad_spec, 503 draining,
  /// 507 state_unwritable.
  std::shared_ptr<Stream> add(StreamSpec spec);
  /// Starts those whose specs were kept. Returns what could not be started, one sentence each; it
  /// is then there as failed, and tried again by the next daemon unless it is deleted. A record
  /// that cannot be read is told too, and left alone.
  std::vector<std::string> restart();

  /// Null: there is none.
  std::shared_ptr<Stream> find(const std::string& id) const;
  std::vector<std::shared_ptr<Stream>> all() const;  // oldest first
  int running() const;
  int most() const { return options_.most; }
  std::size_t most_memory() const { return options_.most_memory; }
  const StageTotals& stages() const { return *options_.services.stages; }
  /// It will not start again, and ends when what is inside has become events.
  void stop(Stream& stream);
  /// Of a stream that has ended.
  void forget(const std::string& id);

  /// No new ones; those that run keep a checkpoint, their specs, and end.
  void drain();
  bool draining() const;
  bool wait_ended(std::chrono::milliseconds most);
  /// About once a second: forgets the oldest of what has ended, where it is too much.
  void tick();
  /// Whether the streams as a whole are alive: the heartbeat of some running one has moved within
  /// this time, and each within eight times it. A slow one's heart beats while it computes, however
  /// long an item takes; one that waits for ever stands still. True where none runs.
  bool alive(std::chrono::milliseconds within,
             std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

 private:
  struct Beat {
    std::int64_t value = -1;
    std::chrono::steady_clock::time_point moved;
  };
  std::shared_ptr<Stream> start(StreamSpec spec);
  void keep_new(StreamSpec& spec);
  void restart(StreamSpec spec);
  void remember(const std::string& name, nlohmann::json record);
  void over(const std::string& id);
  void keep_ended(Stream& stream);
  void forget_record(const std::string& id);

  StreamsOptions options_;
  Records specs_;
  /// What is written of a stream's end, and what is removed, come in this order; held while the
  /// disk works, before mutex_, which never is.
  std::mutex ends_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::shared_ptr<Stream>> streams_;  // by number
  std::map<std::string, Beat> beats_;
  int starting_ = 0;
  bool draining_ = false;
};

}  // namespace heddle::app::serve
