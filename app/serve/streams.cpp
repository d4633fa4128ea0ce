#include "app/serve/streams.h"

#include "app/journal.h"
#include "app/serve/api/error.h"
#include "app/serve/ended_stream.h"
#include "app/serve/kept_events.h"
#include "app/serve/passwords.h"
#include "app/serve/refused_stream.h"
#include "io/error.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace heddle::app::serve {
namespace {

constexpr const char* kLetter = "s";
constexpr const char* kRestarts = "restarts";  // of a record
constexpr const char* kEnded = "ended";        // of the record of one that is over
constexpr int kLongestStill = 8;               // against what a watchdog waits for

bool is_running(const std::shared_ptr<Stream>& stream) { return !ended(stream->status().state); }

std::string specs_folder(const StreamServices& services) {
  return services.state_folder.empty() ? "" : services.state_folder + "/specs";
}

/// It is tried again by the next daemon, and is nobody's to forget but a client's.
bool is_refused(const StreamStatus& status) {
  return status.error_code == TroubleCode("not_started").text();
}

}  // namespace

Streams::Streams(StreamsOptions options)
    : options_(std::move(options)), specs_(specs_folder(options_.services), kLetter) {
  options_.services.over = [this](const std::string& id) { over(id); };
}

/// One that is not there yet is kept by start(), and what was forgotten stays so.
void Streams::over(const std::string& id) {
  const std::scoped_lock one(ends_);
  const auto stream = find(id);  // gone before the lock: its own thread must not be its last owner
  if (!stream) return forget_record(id);
  keep_ended(*stream);
}

/// ends_ is held. Where it cannot be kept, it must at least not run again.
void Streams::keep_ended(Stream& stream) {
  const std::string& id = stream.spec().id;
  const std::string& folder = options_.services.state_folder;
  if (folder.empty()) return;
  try {
    nlohmann::json record = stream.spec().to_json();
    record[kEnded] = ended_record(stream);
    keep_events(folder, id, stream.events());
    specs_.put(id, record);
  } catch (const std::exception&) {
    forget_record(id);
  }
}

/// ends_ is held.
void Streams::forget_record(const std::string& id) {
  specs_.remove(id);
  const std::string& folder = options_.services.state_folder;
  if (folder.empty()) return;
  forget_events(folder, id);
  Journal(folder + "/" + id).remove();  // of one that was refused
}

Streams::~Streams() {
  std::map<std::int64_t, std::shared_ptr<Stream>> last;  // they end outside of the locks
  const std::scoped_lock one(ends_);                     // no over() has one in its hand
  const std::scoped_lock lock(mutex_);
  last.swap(streams_);
}

std::shared_ptr<Stream> Streams::start(StreamSpec spec) {
  const std::int64_t number = number_of(spec.id, kLetter);
  std::shared_ptr<Stream> stream = options_.start(std::move(spec), options_.services);
  {
    const std::scoped_lock lock(mutex_);
    streams_.emplace(number, stream);
    if (draining_) stream->drain();
  }
  if (!ended(stream->status().state)) return stream;
  const std::scoped_lock one(ends_);
  if (find(stream->spec().id)) keep_ended(*stream);
  return stream;
}

/// Gives it its name, and has it on disk before it starts.
void Streams::keep_new(StreamSpec& spec) {
  try {
    spec.id = specs_.next_name();
    specs_.put(spec.id, spec.to_json());
  } catch (const std::runtime_error& error) {
    throw state_unwritable(error);
  }
}

std::shared_ptr<Stream> Streams::add(StreamSpec spec) {
  if (spec.memory_budget > options_.most_memory) {
    throw ApiError("bad_spec",
                   "memory_budget: " + std::to_string(spec.memory_budget) +
                       " is not taken; a stream of this daemon has at most " +
                       std::to_string(options_.most_memory) + " bytes (--stream-memory)")
        .about("memory_budget");
  }
  {
    const std::scoped_lock lock(mutex_);
    if (draining_) throw ApiError("draining", "the daemon is shutting down");
    const auto run =
        std::ranges::count_if(streams_, [](const auto& entry) { return is_running(entry.second); });
    if (run + starting_ >= options_.most) {
      throw ApiError(
          "too_many_streams",
          std::to_string(options_.most) + " streams run already; stop one, or raise --streams",
          5);
    }
    ++starting_;
  }
  const std::shared_ptr<void> counted(nullptr, [this](void*) {
    const std::scoped_lock lock(mutex_);
    --starting_;
  });
  keep_new(spec);
  try {
    return start(spec);
  } catch (const BadField& error) {
    specs_.remove(spec.id);
    const ApiError told = api_error(error, "bad_spec");
    throw ApiError(told.is(), concealed(error.what(), spec.input)).about(error.field());
  } catch (...) {
    specs_.remove(spec.id);
    throw;
  }
}

std::vector<std::string> Streams::restart() {
  std::vector<std::string> failed;
  const auto damaged = [&failed](const std::string& why) { failed.push_back(why); };
  for (auto& [name, record] : specs_.all(damaged)) {
    StreamSpec spec;
    try {
      if (record.contains(kEnded)) {
        remember(name, std::move(record));
        continue;
      }
      const int restarts = record.value(kRestarts, 0) + 1;
      record.erase(kRestarts);
      spec = StreamSpec::from_json(record);
      spec.id = name;
      spec.restarts = restarts;
      record[kRestarts] = restarts;
      try {
        specs_.put(name, record);
      } catch (const io::OutputError& error) {  // it runs all the same
        failed.push_back(error.what());
      }
      restart(spec);
    } catch (const std::exception& error) {
      const std::string why = concealed(error.what(), spec.input);
      failed.push_back("the stream " + name + " does not start again: " + why);
      if (spec.id.empty()) continue;  // of another version; the file stays
      const std::scoped_lock lock(mutex_);
      streams_.emplace(number_of(name, kLetter),
                       std::make_shared<RefusedStream>(spec, why, options_.services.state_folder));
    }
  }
  return failed;
}

void Streams::remember(const std::string& name, nlohmann::json record) {
  const nlohmann::json end = std::move(record[kEnded]);
  record.erase(kEnded);
  StreamSpec spec = StreamSpec::from_json(record);
  spec.id = name;
  const auto stream =
      std::make_shared<EndedStream>(std::move(spec), end, options_.services.state_folder);
  const std::scoped_lock lock(mutex_);
  streams_.emplace(number_of(name, kLetter), stream);
}

void Streams::restart(StreamSpec spec) {
  options_.confine(spec);
  start(std::move(spec));
}

std::shared_ptr<Stream> Streams::find(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = streams_.find(number_of(id, kLetter));
  return found == streams_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Stream>> Streams::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Stream>> found;
  found.reserve(streams_.size());
  for (const auto& [number, stream] : streams_) found.push_back(stream);
  return found;
}

int Streams::running() const { return static_cast<int>(std::ranges::count_if(all(), is_running)); }

void Streams::stop(Stream& stream) {
  specs_.remove(stream.spec().id);
  stream.stop();
}

void Streams::forget(const std::string& id) {
  std::shared_ptr<Stream> last;  // ends outside of the locks
  const std::scoped_lock one(ends_);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = streams_.find(number_of(id, kLetter));
    if (found == streams_.end()) return;
    last = std::move(found->second);
    streams_.erase(found);
    beats_.erase(id);
  }
  forget_record(id);
}

void Streams::drain() {
  {
    const std::scoped_lock lock(mutex_);
    draining_ = true;
  }
  for (const auto& stream : all()) {
    if (is_running(stream)) stream->drain();
  }
}

bool Streams::draining() const {
  const std::scoped_lock lock(mutex_);
  return draining_;
}

bool Streams::wait_ended(std::chrono::milliseconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  return std::ranges::all_of(all(), [until](const auto& stream) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    return stream->wait_ended(std::max(left, std::chrono::milliseconds(0)));
  });
}

void Streams::tick() {
  if (draining()) return;  // what ends now goes on after the restart
  std::vector<std::string> over;
  std::vector<std::size_t> bytes;
  for (const auto& stream : all()) {
    const StreamStatus status = stream->status();
    if (!ended(status.state) || is_refused(status)) continue;
    over.push_back(stream->spec().id);
    bytes.push_back(status.memory + stream->events().bytes());
  }
  const auto most = static_cast<std::size_t>(options_.most_ended);
  std::size_t sum = std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
  for (std::size_t i = 0; i < over.size(); ++i) {
    const std::size_t left = over.size() - i;
    if (left <= most && (left == 1 || sum <= options_.most_ended_bytes)) break;
    sum -= bytes[i];
    forget(over[i]);
  }
}

bool Streams::alive(std::chrono::milliseconds within, std::chrono::steady_clock::time_point now) {
  int running = 0, moved = 0;
  bool stuck = false;
  for (const auto& stream : all()) {
    if (!is_running(stream)) continue;
    const std::int64_t value = stream->heartbeat();
    const std::scoped_lock lock(mutex_);
    Beat& beat = beats_[stream->spec().id];
    if (value != beat.value) beat = {value, now};
    ++running;
    moved += now - beat.moved <= within;
    stuck |= now - beat.moved > kLongestStill * within;
  }
  return running == 0 || (moved > 0 && !stuck);
}

}  // namespace heddle::app::serve
