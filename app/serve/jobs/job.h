#pragma once
// One batch job: what it was asked for, how far it is, and its events. Threads: every call from
// any.

#include "app/serve/error_code.h"
#include "app/serve/events.h"
#include "app/serve/jobs/child.h"
#include "app/serve/jobs/job_spec.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace heddle::app::serve {

enum class JobState : std::uint8_t { kQueued, kRunning, kDone, kFailed, kStopped };
std::string_view name_of(JobState state);

struct JobProgress {
  std::int64_t done = 0, total = -1;  // bytes of the input in work
  std::int64_t items = 0;             // frames or segments written
};

class BatchJob {
 public:
  BatchJob(std::string id, JobSpec spec);
  /// Of a record: what ran or waited when the daemon ended waits again, to go on.
  static std::shared_ptr<BatchJob> from_record(const std::string& id, const nlohmann::json& record);

  const std::string& id() const { return id_; }
  const JobSpec& spec() const { return spec_; }
  EventLog& events() { return events_; }
  JobState state() const;
  bool over() const;
  /// For the API: GET /v1/jobs/{id}.
  nlohmann::json status() const;
  /// For the disk.
  nlohmann::json record() const;

  /// The client wants it no more. True: it is over by that (it only waited).
  bool stop();
  /// The daemon ends: what runs is interrupted, and waits again in its record.
  void suspend();
  /// True once: whoever called is to run it, unless it was stopped.
  bool take();
  /// SIGKILL to what runs.
  void end();
  /// Runs it as a process of `program`, in the calling thread. Returns at its end. `threads`: as
  /// words_of() has it.
  void run(const std::string& program, const CommandOptions& options, int threads = 0);
  /// It does not run: it fails with this sentence.
  void refuse(TroubleCode code, const std::string& why);
  /// Called whenever its record has changed, without a lock held.
  void on_change(std::function<void()> told);

 private:
  void take_line(std::string_view line);
  void take_progress(const nlohmann::json& object);
  void conclude(const ChildEnd& end);
  void change(JobState state);
  nlohmann::json status_locked() const;

  const std::string id_;
  const JobSpec spec_;
  EventLog events_;
  Child child_;
  std::function<void()> told_;
  mutable std::mutex mutex_;
  JobState state_ = JobState::kQueued;
  JobProgress progress_;
  int resumes_ = 0;
  bool taken_ = false;
  bool ran_ = false;        // at least once: there may be a journal
  bool stopping_ = false;   // by the client
  bool suspended_ = false;  // by the daemon
  int exit_code_ = -1;      // -1: none yet
  std::string last_error_, error_code_, error_;
  std::chrono::system_clock::time_point submitted_ = std::chrono::system_clock::now();
  std::chrono::system_clock::time_point started_, ended_;  // epoch: not yet
};

}  // namespace heddle::app::serve
