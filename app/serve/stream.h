#pragma once
// One running stream: a source that may never end (camera, RTSP, HTTP, a file, an upload, a watched
// folder), through encoders and model, to events. Created from a spec, it runs on its own thread
// until its input ends, it fails for good, or it is stopped. Threads: every call from any thread.

#include "app/serve/events.h"
#include "app/serve/streams/stage_totals.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace heddle::attention {
class Model;
}

namespace heddle::io {
struct NetworkRule;
}

namespace heddle::app::serve {

/// What POST /v1/streams asked for, checked.
struct StreamSpec {
  std::string id;               // "s7"
  std::string name;             // for people; empty: the input
  std::string kind;             // "video" or "genome"
  std::string task;             // genome: "genes", "repeats"; video: "tracks"
  std::string input;            // path, URL, device:N; "upload"; "watch:FOLDER"
  std::string policy = "auto";  // "block", "drop_oldest"; auto: block for what can wait
  int priority = 0;             // higher first where streams compete for places
  std::size_t memory_budget = std::size_t{512}
                              << 20;  // bytes of one stream's state, frames in flight and features
  nlohmann::json options;             // of `heddle video` / `heddle genome`, by their long names
  int restarts = 0;                   // by later daemons; on disk, no client's to give

  nlohmann::json to_json() const;
  /// Throws BadField.
  static StreamSpec from_json(const nlohmann::json& json);
};

enum class StreamState : std::uint8_t {
  kConnecting,  // its input is being opened for the first time
  kWaiting,     // for an upload, or a file in its folder
  kRunning,
  kStalled,   // there is work under way, and nobody worked on it for a while
  kRetrying,  // its input cannot be had, or broke: it is opened again after a pause
  kDraining,  // it was stopped; what is under work comes to its end
  kDone,
  kFailed,
  kStopped
};
std::string_view name_of(StreamState state);
bool ended(StreamState state);

/// An error_code: results go on, but a restart would begin further back.
inline constexpr const char* kCheckpointFailed = "checkpoint_failed";

struct StreamStatus {
  StreamState state = StreamState::kConnecting;
  std::chrono::system_clock::time_point started, changed;
  std::optional<std::chrono::system_clock::time_point> next_attempt;  // of kRetrying; past: now
  std::int64_t samples = 0, records = 0, dropped = 0, failed = 0, reconnects = 0, gaps = 0;
  double rate = 0;                               // frames or bases a second over the last 5 s
  double p50_ms = -1, p95_ms = -1, p99_ms = -1;  // from read to event, of the last 1,024; -1: none
  std::size_t memory = 0;      // bytes of state, frames in flight and features, against the budget
  std::int64_t in_flight = 0;  // samples that were read and are not told yet
  int width = 0, height = 0;   // video
  std::string sequence;        // genome: in work
  std::int64_t position = 0, length = -1;
  double checkpoint_age = -1;     // seconds; -1: none yet
  bool checkpointed = false;      // it takes them, or is to
  std::int64_t unread_files = 0;  // of a folder: passed over, or changed since; by this process
  std::int64_t checkpoint_failures = 0;  // that could not be written, by this process
  std::optional<bool> drops;             // frames, where it cannot keep up; nothing: not known yet
  double behind = -1;             // seconds, of a file that is played at its pace; -1: of no such
  std::string error_code, error;  // the last one; empty: none
};

/// An uploaded body on its way into a stream: a window of 8 MiB, filled by the server, emptied by
/// the source.
class Upload {
 public:
  virtual ~Upload() = default;
  /// Takes what fits; 0 where the window is full (then `wake` of on_room() is called later, once).
  virtual std::size_t offer(std::span<const char> bytes) = 0;
  virtual void on_room(std::function<void()> wake) = 0;
  /// The body is whole (or, `cut`, its connection broke).
  virtual void finish(bool cut) = 0;
  /// Behind finish(): whether the stream is through with it; if not, `wake` is called once it is.
  virtual bool settled(std::function<void()> wake) = 0;
  struct End {
    std::string why;  // not all was taken; empty: all was
    bool stream_over = false;
  };
  /// Once settled().
  virtual End end() const = 0;
};

struct Picture {
  std::shared_ptr<const std::string> jpeg;
  std::int64_t frame = 0;
  double time = 0;  // seconds of stream time
};

/// What streams share. Outlives them.
struct StreamServices {
  const attention::Model* video_model = nullptr;
  const attention::Model* genome_model = nullptr;  // null: that kind is not served
  int threads = 2;
  std::string state_folder;  // checkpoints; empty: none are kept
  /// The program whose confined processes decode video (/proc/self/exe; io/isolated); empty: it is
  /// decoded inside this one.
  std::string decoder;
  /// Told the id of a stream that has ended and will not go on, before its `end` event; from its
  /// thread.
  std::function<void(const std::string& id)> over = [](const std::string&) {};
  /// Where connections for an address may go; null: anywhere.
  std::function<std::shared_ptr<const io::NetworkRule>(const std::string& address)> network =
      [](const std::string&) { return nullptr; };
  /// A line for whoever runs the daemon. Threads: any.
  std::function<void(const std::string& line)> say = [](const std::string&) {};
  std::shared_ptr<StageTotals> stages = std::make_shared<StageTotals>();
};

class Stream {
 public:
  virtual ~Stream() = default;  // stops and waits
  virtual const StreamSpec& spec() const = 0;
  virtual StreamStatus status() const = 0;
  virtual EventLog& events() = 0;
  /// Ends reading; what is inside still becomes events. Returns at once.
  virtual void stop() = 0;
  /// For a shutdown: like stop(), but a checkpoint is kept, from which start_stream() goes on.
  virtual void drain() = 0;
  virtual bool wait_ended(std::chrono::milliseconds most) = 0;
  /// Asks for a checkpoint soon. False: this stream keeps none.
  virtual bool checkpoint() = 0;
  /// Of an "upload" stream without an upload under way; null: busy, or no such stream.
  virtual std::shared_ptr<Upload> upload(const std::string& content_type) = 0;
  /// The newest frame as a JPEG no wider than `width`, if newer than frame `after`.
  virtual std::optional<Picture> picture(int width, std::int64_t after) = 0;
  /// Genome: [{"name":..,"length":..,"features":n}], and the features of one that overlap a range,
  /// at most `limit` of them, else counts in `limit` bins (see the API).
  virtual nlohmann::json sequences() const = 0;
  virtual nlohmann::json features(const std::string& sequence,
                                  std::int64_t begin,
                                  std::int64_t end,
                                  int limit) const = 0;
  /// Grows each second in which the stream got on, computed, or had nothing to do; a watchdog looks
  /// whether it stands still.
  virtual std::int64_t heartbeat() const = 0;
};

/// Starts it; goes on from its checkpoint in the state folder where there is one. Throws
/// BadField where the spec cannot be run (no such option, no such task).
std::unique_ptr<Stream> start_stream(StreamSpec spec, const StreamServices& services);

}  // namespace heddle::app::serve
