#pragma once
// The jobs of the daemon: so many at once, the others wait in order. With a state folder each
// change is on disk before the next, and what ran or waited goes on after a restart; while the disk
// takes nothing, jobs run on and the first failure is said.
// Threads: every call from any thread.

#include "app/serve/jobs/job.h"
#include "app/serve/records.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle::app::serve {

struct JobQueueOptions {
  int at_once = 1;
  int threads = 0;  // of each that names none; 0: every core
  int most_waiting = 1024;
  int most_over = 256;  // that are over and are remembered; the oldest are forgotten first
  std::string program = "/proc/self/exe";  // as this_program()
  std::string state_folder;
  /// Where a line about a job that failed goes. Threads: any.
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

class JobQueue {
 public:
  /// `options` outlives it.
  JobQueue(JobQueueOptions settings, const CommandOptions& options);
  ~JobQueue();

  /// Begins with what an earlier daemon left. Returns which of it cannot be read, one sentence a
  /// file; it is left alone.
  std::vector<std::string> start();
  /// Throws ApiError: 429 too_many_jobs, 503 draining, 507 state_unwritable.
  std::shared_ptr<BatchJob> add(JobSpec spec);
  std::shared_ptr<BatchJob> find(const std::string& id) const;  // null: there is none
  std::vector<std::shared_ptr<BatchJob>> all() const;           // oldest first
  /// Of one that is over.
  void forget(const std::string& id);
  /// Interrupts what runs; it waits again on disk. Returns when nothing runs any more, or `end()`
  /// was called.
  void drain();
  /// Whether nothing runs by then.
  bool wait_idle(std::chrono::steady_clock::time_point until);
  /// Ends what runs at once.
  void end();
  /// Changes of jobs that the disk did not take, so that a restart would not know of them.
  std::int64_t unwritten() const { return unwritten_; }

 private:
  void work();
  std::shared_ptr<BatchJob> next();
  std::shared_ptr<BatchJob> made(JobSpec spec);
  void keep(const std::shared_ptr<BatchJob>& job);
  void confine(BatchJob& job) const;
  /// On disk, unless it was forgotten meanwhile.
  void put(const BatchJob& job);
  void say_failed(const BatchJob& job) const;
  /// put(), told once where the disk takes it not.
  void save(const BatchJob& job) noexcept;
  void forget_oldest();

  const JobQueueOptions settings_;
  const CommandOptions& options_;
  Records records_;
  std::atomic<bool> unsaved_{false};  // and said so
  std::atomic<std::int64_t> unwritten_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, std::shared_ptr<BatchJob>> jobs_;  // by number
  bool draining_ = false;
  int working_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace heddle::app::serve
