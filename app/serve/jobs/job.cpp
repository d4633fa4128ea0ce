#include "app/serve/jobs/job.h"

#include "app/exit_codes.h"
#include "app/serve/passwords.h"
#include "app/serve/times.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace heddle::app::serve {
namespace {

using nlohmann::json;
using Clock = std::chrono::system_clock;

constexpr EventLimits kEvents{4096, std::size_t{1} << 20};

json time_or_null(Clock::time_point when) {
  return when == Clock::time_point{} ? json(nullptr) : json(rfc3339(when));
}

std::int64_t milliseconds(Clock::time_point when) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

Clock::time_point instant(const json& record, const char* field) {
  return Clock::time_point(std::chrono::milliseconds(record.value(field, std::int64_t{0})));
}

/// What heddle's exit codes mean, as the API's codes.
TroubleCode code_of(int exit_code) {
  switch (exit_code) {
    case kUsage:
      return "usage";
    case kInput:
      return "bad_input";
    case kSomeFailed:
      return "some_inputs_failed";
    case kResource:
      return "resource";
    case kModel:
      return "model";
    case kOutput:
      return "output";
    default:
      return "run_time_error";
  }
}

std::string end_event(const json& status) {
  return json{{"state", status["state"]},
              {"exit_code", status["exit_code"]},
              {"items", status["items"]},
              {"seconds", status["seconds"]}}
      .dump();
}

JobState state_of(const std::string& name) {
  for (const JobState state : {JobState::kDone, JobState::kFailed, JobState::kStopped}) {
    if (name_of(state) == name) return state;
  }
  return JobState::kQueued;  // of what waited, and of what ran
}

}  // namespace

std::string_view name_of(JobState state) {
  constexpr std::string_view kNames[] = {"queued", "running", "done", "failed", "stopped"};
  return kNames[static_cast<std::size_t>(state)];
}

BatchJob::BatchJob(std::string id, JobSpec spec)
    : id_(std::move(id)), spec_(std::move(spec)), events_(kEvents) {}

std::shared_ptr<BatchJob> BatchJob::from_record(const std::string& id, const json& record) {
  auto job = std::make_shared<BatchJob>(id, JobSpec::from_record(record.at("spec")));
  job->state_ = state_of(record.value("state", ""));
  job->ran_ = record.value("ran", false);
  job->resumes_ = record.value("resumes", 0);
  job->exit_code_ = record.value("exit_code", -1);
  job->error_code_ = record.value("error_code", "");
  job->error_ = record.value("error", "");
  job->submitted_ = instant(record, "submitted");
  job->started_ = instant(record, "started");
  job->ended_ = instant(record, "ended");
  job->stopping_ = record.value("stopping", false);
  job->progress_.done = record.value("done", job->progress_.done);
  job->progress_.total = record.value("total", job->progress_.total);
  job->progress_.items = record.value("items", job->progress_.items);
  if (job->stopping_ && job->state_ == JobState::kQueued) {
    job->state_ = JobState::kStopped;
    job->ended_ = Clock::now();
  }
  // What a daemon that was killed told behind the record, nobody knows.
  const bool unknown = job->ran_ && !job->over();
  const auto last = record.value("last_event", std::int64_t{0});
  if (!job->over()) {
    job->events_.start_after(last, unknown ? kUnknownEvents : 0);
    return job;
  }
  job->events_.start_after(std::max<std::int64_t>(last - 1, 0), 0);  // the end is told again
  job->events_.publish("end", end_event(job->status()), job->ended_);
  job->events_.end();
  return job;
}

json BatchJob::record() const {
  const std::scoped_lock lock(mutex_);
  return {{"spec", spec_.to_json()},
          {"state", name_of(state_)},
          {"ran", ran_},
          {"stopping", stopping_},
          {"resumes", resumes_},
          {"exit_code", exit_code_},
          {"error_code", error_code_},
          {"error", error_},
          {"submitted", milliseconds(submitted_)},
          {"started", milliseconds(started_)},
          {"ended", milliseconds(ended_)},
          {"done", progress_.done},
          {"total", progress_.total},
          {"items", progress_.items},
          {"last_event", events_.last()}};
}

JobState BatchJob::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

bool BatchJob::over() const {
  const JobState now = state();
  return now != JobState::kQueued && now != JobState::kRunning;
}

json BatchJob::status() const {
  const std::scoped_lock lock(mutex_);
  return status_locked();
}

json BatchJob::status_locked() const {
  json status = spec_.to_json();
  for (json& input : status["inputs"]) input = io::without_password(input.get<std::string>());
  status["id"] = id_;
  status["state"] = name_of(state_);
  status["exit_code"] = exit_code_ < 0 ? json(nullptr) : json(exit_code_);
  status["resumes"] = resumes_;
  status["submitted"] = rfc3339(submitted_);
  status["started"] = time_or_null(started_);
  status["ended"] = time_or_null(ended_);
  const Clock::time_point until = ended_ == Clock::time_point{} ? Clock::now() : ended_;
  status["seconds"] = started_ == Clock::time_point{} ? 0 : seconds_between(started_, until);
  status["progress"] = nullptr;
  if (state_ == JobState::kDone) {
    status["progress"] = 1.0;
  } else if (progress_.total > 0) {
    status["progress"] =
        std::min(1.0, static_cast<double>(progress_.done) / static_cast<double>(progress_.total));
  }
  status["done"] = progress_.done;
  status["total"] = progress_.total < 0 ? json(nullptr) : json(progress_.total);
  status["items"] = progress_.items;
  status["error"] =
      error_.empty() ? json(nullptr) : json{{"code", error_code_}, {"message", error_}};
  status["last_event"] = events_.last();
  return status;
}

void BatchJob::on_change(std::function<void()> told) { told_ = std::move(told); }

void BatchJob::change(JobState state) {
  json event{{"state", name_of(state)}};
  bool last = false;
  json status;
  {
    const std::scoped_lock lock(mutex_);
    state_ = state;
    if (state == JobState::kRunning) started_ = Clock::now();
    last = state != JobState::kRunning && state != JobState::kQueued;
    if (last) ended_ = Clock::now();
    status = status_locked();
  }
  if (!status["error"].is_null()) event["error"] = status["error"];
  events_.publish("state", event.dump());
  if (last) {
    events_.publish("end", end_event(status));
    events_.end();
  }
  if (told_) told_();
}

bool BatchJob::stop() {
  bool waits = false;
  {
    const std::scoped_lock lock(mutex_);
    waits = state_ == JobState::kQueued && !taken_ && !stopping_;
    stopping_ = true;
  }
  if (!waits && told_) told_();  // on disk before its process hears of it
  child_.interrupt();
  if (waits) change(JobState::kStopped);
  return waits;
}

bool BatchJob::take() {
  const std::scoped_lock lock(mutex_);
  return state_ == JobState::kQueued && !stopping_ && !std::exchange(taken_, true);
}

void BatchJob::end() { child_.end(); }

void BatchJob::suspend() {
  {
    const std::scoped_lock lock(mutex_);
    suspended_ = true;
  }
  child_.interrupt();
}

void BatchJob::run(const std::string& program, const CommandOptions& options, int threads) {
  bool resume = false;
  bool unwanted = false;
  {
    const std::scoped_lock lock(mutex_);
    unwanted = stopping_;
    if (suspended_ && !unwanted) return;
    if (!unwanted) {
      resume = std::exchange(ran_, true);
      if (resume) ++resumes_;
    }
  }
  if (unwanted) return change(JobState::kStopped);
  if (told_) told_();  // that it ran is on disk before anybody hears an event of it
  change(JobState::kRunning);
  try {
    conclude(child_.run(program,
                        words_of(spec_, options, resume, threads),
                        [this](std::string_view line) { take_line(line); },
                        {std::string(io::kNetworkVariable) + "=" +
                         options.confinement().network_rule(spec_.inputs).text()}));
  } catch (const std::exception& error) {
    refuse("not_started", error.what());
  }
}

void BatchJob::refuse(TroubleCode code, const std::string& why) {
  {
    const std::scoped_lock lock(mutex_);
    error_code_ = code.text();
    error_ = why;
  }
  change(JobState::kFailed);
}

void BatchJob::conclude(const ChildEnd& end) {
  JobState now = JobState::kDone;
  {
    const std::scoped_lock lock(mutex_);
    if (suspended_ && !stopping_ && end.exit_code != kOk) {
      state_ = JobState::kQueued;  // for the daemon that comes after this one
      return;
    }
    exit_code_ = end.exit_code;
    if (stopping_ && end.exit_code != kOk) {
      now = JobState::kStopped;
    } else if (end.signal != 0) {
      now = JobState::kFailed;
      error_code_ = TroubleCode("crashed").text();
      error_ = "its process was ended by signal " + std::to_string(end.signal) + " (" +
               ::strsignal(end.signal) + "); what was whole is kept as NAME.partial";
    } else if (end.exit_code != kOk) {
      now = JobState::kFailed;
      error_code_ = code_of(end.exit_code).text();
      error_ = last_error_.empty()
                   ? "its process ended with exit code " + std::to_string(end.exit_code)
                   : last_error_;
    }
  }
  change(now);
}

void BatchJob::take_line(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  // What ends a command before its messages are JSON: its options, its outputs.
  constexpr std::string_view kPlain = "error: ";
  const bool plain = !object.is_object() && line.starts_with(kPlain);
  if (!object.is_object() && !plain) return;
  const std::string kind = plain ? "error" : object.value("event", "");
  if (kind == "progress") return take_progress(object);
  std::string text = plain ? std::string(line.substr(kPlain.size())) : object.value("text", "");
  for (const std::string& input : spec_.inputs) text = concealed(std::move(text), input);
  if (kind == "error") {
    const std::scoped_lock lock(mutex_);
    last_error_ = text;
  }
  events_.publish("log", json{{"kind", kind}, {"text", text}}.dump());
}

void BatchJob::take_progress(const json& object) {
  JobProgress now;
  now.done = object.value("done", std::int64_t{0});
  const auto total = object.find("total");  // null where it is not known
  if (total != object.end() && total->is_number_integer()) now.total = total->get<std::int64_t>();
  now.items = object.value(spec_.command == "video" ? "frames" : "segments", std::int64_t{0});
  {
    const std::scoped_lock lock(mutex_);
    progress_ = now;
  }
  events_.publish("progress",
                  json{{"done", now.done},
                       {"total", now.total < 0 ? json(nullptr) : json(now.total)},
                       {"items", now.items}}
                      .dump());
}

}  // namespace heddle::app::serve
