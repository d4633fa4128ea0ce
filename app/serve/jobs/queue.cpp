#include "app/serve/jobs/queue.h"

#include "app/report.h"
#include "app/serve/api/error.h"

#include <algorithm>

namespace heddle::app::serve {
namespace {

constexpr const char* kLetter = "j";

}  // namespace

JobQueue::JobQueue(JobQueueOptions settings, const CommandOptions& options)
    : settings_(std::move(settings)),
      options_(options),
      records_(settings_.state_folder.empty() ? "" : settings_.state_folder + "/jobs", kLetter) {}

JobQueue::~JobQueue() {
  end();
  drain();
}

std::vector<std::string> JobQueue::start() {
  std::vector<std::string> damaged;
  for (const auto& [name, record] :
       records_.all([&damaged](const std::string& why) { damaged.push_back(why); })) {
    try {
      auto job = BatchJob::from_record(name, record);
      keep(job);
      jobs_.emplace(number_of(name, kLetter), job);
      if (!job->over()) confine(*job);
    } catch (const nlohmann::json::exception& error) {  // of another version; the file stays
      damaged.push_back("the record of the job " + name +
                        " cannot be used; it is left as it is: " + error.what());
    }
  }
  for (int i = 0; i < settings_.at_once; ++i) threads_.emplace_back([this] { work(); });
  return damaged;
}

void JobQueue::keep(const std::shared_ptr<BatchJob>& job) {
  job->on_change([this, plain = job.get()] { save(*plain); });
}

/// Called by threads that run jobs: a full disk must end neither those nor the daemon.
void JobQueue::save(const BatchJob& job) noexcept {
  try {
    put(job);
    unsaved_ = false;
  } catch (const std::exception& error) {
    ++unwritten_;
    if (unsaved_.exchange(true)) return;
    print_error(std::string(error.what()) +
                "; jobs go on, but a restart would not know what they did since");
  }
}

/// What the daemon before allowed, this one need not.
void JobQueue::confine(BatchJob& job) const {
  try {
    parse_job(job.spec().to_json(), options_.confinement(), options_);
  } catch (const ApiError& error) {
    job.refuse("not_started", error.what());
    say_failed(job);
  }
}

void JobQueue::say_failed(const BatchJob& job) const {
  if (job.state() != JobState::kFailed) return;
  const auto message = job.status()["error"]["message"].get<std::string>();
  settings_.say("the job " + job.id() + " failed: " + message);
}

void JobQueue::put(const BatchJob& job) {
  const std::scoped_lock lock(mutex_);
  if (jobs_.contains(number_of(job.id(), kLetter))) records_.put(job.id(), job.record());
}

/// With a name, and on disk.
std::shared_ptr<BatchJob> JobQueue::made(JobSpec spec) {
  try {
    auto job = std::make_shared<BatchJob>(records_.next_name(), std::move(spec));
    keep(job);
    records_.put(job->id(), job->record());
    return job;
  } catch (const std::runtime_error& error) {
    throw state_unwritable(error);
  }
}

std::shared_ptr<BatchJob> JobQueue::add(JobSpec spec) {
  std::shared_ptr<BatchJob> job;
  {
    const std::scoped_lock lock(mutex_);
    if (draining_) throw ApiError("draining", "the daemon is shutting down");
    const auto waiting = std::ranges::count_if(
        jobs_, [](const auto& entry) { return entry.second->state() == JobState::kQueued; });
    if (waiting >= settings_.most_waiting) {
      throw ApiError(
          "too_many_jobs", std::to_string(waiting) + " jobs wait already; try later", 60);
    }
    job = made(std::move(spec));
    jobs_.emplace(number_of(job->id(), kLetter), job);
    forget_oldest();
  }
  changed_.notify_one();
  return job;
}

void JobQueue::forget_oldest() {
  const auto over = [](const auto& entry) { return entry.second->over(); };
  auto excess = std::ranges::count_if(jobs_, over) - settings_.most_over;
  for (auto at = jobs_.begin(); excess > 0 && at != jobs_.end();) {
    if (!over(*at)) {
      ++at;
      continue;
    }
    records_.remove(at->second->id());
    at = jobs_.erase(at);
    --excess;
  }
}

std::shared_ptr<BatchJob> JobQueue::find(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = jobs_.find(number_of(id, kLetter));
  return found == jobs_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<BatchJob>> JobQueue::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<BatchJob>> found;
  found.reserve(jobs_.size());
  for (const auto& [number, job] : jobs_) found.push_back(job);
  return found;
}

void JobQueue::forget(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  jobs_.erase(number_of(id, kLetter));
  records_.remove(id);
}

std::shared_ptr<BatchJob> JobQueue::next() {
  for (const auto& [number, job] : jobs_) {
    if (job->take()) return job;
  }
  return nullptr;
}

void JobQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::shared_ptr<BatchJob> job;
    changed_.wait(lock, [&] { return draining_ || (job = next()); });
    if (!job) return;
    ++working_;
    lock.unlock();
    job->run(settings_.program, options_, settings_.threads);
    say_failed(*job);
    save(*job);
    lock.lock();
    --working_;
    changed_.notify_all();
  }
}

void JobQueue::drain() {
  {
    const std::scoped_lock lock(mutex_);
    draining_ = true;
  }
  changed_.notify_all();
  for (const auto& job : all()) {
    if (!job->over()) job->suspend();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

bool JobQueue::wait_idle(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, until, [this] { return working_ == 0; });
}

void JobQueue::end() {
  {
    const std::scoped_lock lock(mutex_);
    draining_ = true;
  }
  for (const auto& job : all()) job->end();
}

}  // namespace heddle::app::serve
