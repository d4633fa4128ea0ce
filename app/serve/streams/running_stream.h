#pragma once
// A stream at work. Its threads: one runs the graph, the graph's own one reads, one looks at it
// every second (statistics, silence, checkpoints).

#include "app/serve/stream.h"
#include "app/serve/streams/input_watch.h"
#include "app/serve/streams/intake.h"
#include "app/serve/streams/results.h"
#include "app/serve/streams/stream_checkpoints.h"
#include "app/serve/streams/stream_graph.h"
#include "app/serve/streams/stream_inputs.h"
#include "app/serve/streams/work_watch.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>

namespace heddle::app::serve {

/// What tests put in place of the world.
struct StreamSeams {
  Clock* clock = nullptr;  // null: the real one
  /// Null: as the spec's input asks for.
  std::function<std::unique_ptr<Parts>(const LiveParts::World&)> parts;
  std::chrono::nanoseconds checkpoint_every = std::chrono::seconds(10);
};

class RunningStream final : public Stream {
 public:
  /// Throws std::invalid_argument as start_stream().
  RunningStream(StreamSpec spec, const StreamServices& services, const StreamSeams& seams = {});
  ~RunningStream() override;

  const StreamSpec& spec() const override { return spec_; }
  StreamStatus status() const override;
  EventLog& events() override { return log_; }
  void stop() override;
  void drain() override;
  bool wait_ended(std::chrono::milliseconds most) override;
  bool checkpoint() override;
  std::shared_ptr<Upload> upload(const std::string& content_type) override;
  std::optional<Picture> picture(int width, std::int64_t after) override;
  nlohmann::json sequences() const override { return results_.features().sequences(); }
  nlohmann::json features(const std::string& sequence,
                          std::int64_t begin,
                          std::int64_t end,
                          int limit) const override {
    return results_.features().range(sequence, begin, end, limit);
  }
  /// Counts the seconds in which it got on, computed, or had nothing to do.
  std::int64_t heartbeat() const override { return work_.beats(); }

 private:
  void make_intake(const StreamSeams& seams);
  StreamCheckpoints::Place checkpoint_place(const StreamSeams& seams) const;
  void run();
  bool open_input();
  void run_graph();
  void run_to_end(pipeline::Graph& graph);
  /// All of its input was read and became results.
  bool whole() const { return intake_->ended() && graph_report().unstarted == 0; }
  /// Whether its input can be read again, so that nothing is lost or told twice.
  bool repeatable() const;
  void go_on();
  bool no_more_drained(SavedStream saved);
  void begin_anew(std::int64_t last_event, const std::string& why);
  SavedStream saved();
  void save(SavedStream saved);
  /// Drained before its end, so that a later process goes on.
  bool goes_on(StreamState state) const { return draining_ && state == StreamState::kStopped; }
  void forget_or_keep(StreamState state);
  void halt();
  void finish(StreamState state);
  void release_graph();
  void release_descriptors();
  void set_state(StreamState state);
  /// state_mutex_ is held. Returns the line to say once it is not, or none.
  std::string set_state_locked(StreamState state);
  std::string line_of_change(StreamState to) const;
  void say(const std::string& line) const;
  void trouble(const Trouble& trouble);
  void stands(const Trouble& trouble);
  void mended(std::span<const TroubleCode> codes);
  void input_mended();
  void opened(const io::SourceInfo& info);
  void broke();
  void retries(std::chrono::nanoseconds pause);
  std::string begin_retry(std::chrono::nanoseconds pause);
  void skipped(const std::string& name, const std::string& why);
  /// Where the state is `from`; else false.
  bool change_state(StreamState from, StreamState to);

  /// It waits only once what was read has become results.
  void look_whether_idle();
  void look_whether_it_stalls();
  /// What is told of an input that gives nothing.
  std::string silence() const;
  void watch();
  void look();
  void find_depth(const pipeline::RunReport& report);
  void tell_progress();
  void tell_stats();
  pipeline::RunReport graph_report() const;
  std::int64_t dropped_of(const pipeline::RunReport& report) const;
  std::size_t memory(std::int64_t in_flight) const;

  const StreamSpec spec_;
  const StreamServices services_;
  const StreamOptions options_;
  Clock real_clock_;
  Clock& clock_;
  Halt halt_;
  Patience patience_;
  EventLog log_;
  GapNotes gaps_;
  Meters meters_;
  std::shared_ptr<UploadDesk> desk_;  // of an upload stream
  Results results_;
  InputWatch input_watch_;
  std::unique_ptr<Intake> intake_;
  StreamCheckpoints checkpoints_;
  WorkWatch work_;
  pipeline::Checkpoint resume_from_;  // items 0: nothing
  std::optional<pipeline::Checkpoint> drained_at_;

  mutable std::mutex graph_mutex_;
  StreamGraph graph_;
  std::optional<bool> drops_;        // of the graph, also when it is gone
  pipeline::RunReport last_report_;  // of a graph that is gone
  mutable std::mutex state_mutex_;
  std::condition_variable state_changed_;
  StreamStatus status_;  // what is not counted elsewhere
  bool over_ = false;
  std::int64_t dropped_before_ = 0;   // by earlier processes
  std::atomic<bool> stopped_{false};  // by a client, before any drain
  std::atomic<bool> draining_{false};
  std::atomic<bool> waits_{false};          // the input, for its next part
  std::atomic<std::size_t> item_bytes_{0};  // of one under way, about
  std::atomic<double> behind_{-1};
  bool told_silence_ = false;  // by the watcher, as what follows
  StreamState before_stall_ = StreamState::kRunning;
  std::int64_t told_position_ = -1, told_dropped_ = 0;  // by the watcher
  std::string told_sequence_, told_stats_;
  std::vector<pipeline::StageStats> told_stages_;  // to the totals
  std::int64_t told_checkpoint_ = -1;              // the number of its event
  std::atomic<bool> checkpoint_asked_{false};
  std::atomic<std::int64_t> unread_{0};  // files, as the status tells
  std::atomic<bool> unwritten_{false};   // the last checkpoint, and said so
  std::mutex watch_mutex_;
  std::condition_variable watch_ends_;
  bool watching_ = true;
  std::thread watcher_;
  std::thread runner_;
};

}  // namespace heddle::app::serve
