#include "app/serve/service.h"

#include "app/backend_choice.h"
#include "app/build.h"
#include "app/exit_codes.h"
#include "app/messages.h"
#include "app/report.h"
#include "app/serve/about.h"
#include "app/serve/api/api.h"
#include "app/serve/api/stream_of.h"
#include "app/serve/heap.h"
#include "app/serve/http/server.h"
#include "app/serve/notify.h"
#include "app/serve/state_folder.h"
#include "app/this_program.h"
#include "io/isolated/confinement.h"
#include "pipeline/threads.h"

#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace heddle::app::serve {
namespace {

using std::chrono::seconds;

/// Wakes the main thread each second, and at once when the daemon is to end.
class Ending {
 public:
  void ask() {
    {
      const std::scoped_lock lock(mutex_);
      asked_ = true;
    }
    changed_.notify_all();
  }
  bool wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [this] { return asked_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
};

/// As many descriptors as the system lets us have: a connection is one, a stream several.
void raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Confinement confinement_of(const ServeOptions& options) {
  try {
    return {options.allow, options.allow_url, {options.state, options.token_file}};
  } catch (const std::invalid_argument& error) {
    throw CommandError(kUsage, error.what());
  }
}

std::vector<TcpAddress> addresses(const ServeOptions& options) {
  std::vector<TcpAddress> found;
  for (const std::string& text : options.listen) {
    try {
      found.push_back(tcp_address(text));
    } catch (const std::invalid_argument& error) {
      throw CommandError(kUsage, std::string("--listen: ") + error.what());
    }
    if (!found.back().loopback() && options.token_file.empty()) {
      throw CommandError(
          kUsage,
          "--listen " + text + ": other machines may reach it, so that --token-file is needed");
    }
  }
  return found;
}

/// The name of our socket in the file system, for as long as somebody may connect to it.
class SocketFile {
 public:
  SocketFile() = default;
  explicit SocketFile(std::string path) : path_(std::move(path)) {}
  SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SocketFile& operator=(SocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~SocketFile() { remove(); }
  void remove() {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

 private:
  std::string path_;
};

struct Sockets {
  std::vector<std::pair<Socket, bool>> open;  // and whether it is the unix socket
  std::string where;                          // for people and their programs
  SocketFile file;
};

Sockets listen(const ServeOptions& options, std::vector<TcpAddress> tcp) {
  Sockets made;
  try {
    made.open.emplace_back(listen_unix(options.socket), true);
    made.file = SocketFile(options.socket);
    made.where = "unix:" + options.socket;
    for (TcpAddress& address : tcp) {
      made.open.emplace_back(listen_tcp(address), false);
      made.where += " http://" + address.text();
    }
  } catch (const std::runtime_error& error) {
    throw CommandError(kOutput, error.what());
  }
  return made;
}

Auth auth_of(const ServeOptions& options) {
  if (options.token_file.empty()) return Auth();
  try {
    return Auth(read_token(options.token_file));
  } catch (const std::invalid_argument& error) {
    throw CommandError(kUsage, error.what());
  }
}

/// A model. Where none of that kind is installed, it says so: the daemon then serves the other kind
/// alone. Throws CommandError: one that was named, and whatever else is wrong, is no reason to
/// serve less than was asked for.
std::optional<attention::Model> model_of(const ServeOptions& options,
                                         const std::string& name,
                                         const Job& job,
                                         Report& report) {
  RunOptions run = options.run;
  run.model = name;
  try {
    return load_model(run, job);
  } catch (const CommandError& error) {
    if (!name.empty() || error.code() != kModel) throw;
    report.warn(job.command + " is not served: " + error.what());
    return std::nullopt;
  }
}

/// The program whose confined processes decode video; empty: it is decoded inside the daemon.
std::string decoder(const ServeOptions& options, Report& report) {
  if (options.isolate == "off") return "";
  const std::string absent = io::confinement_absent();
  if (absent.empty()) return this_program();
  if (options.isolate == "on") throw CommandError(kResource, "--isolate on: " + absent);
  report.warn("video is decoded inside the daemon: " + absent);
  return "";
}

ServerOptions server_options(const ServeOptions& options) {
  ServerOptions made;
  made.connections.connections = options.connections;
  made.connections.an_address = options.connections_an_address;
  made.connections.event_streams = options.connections * 3 / 4;
  return made;
}

constexpr int kTicksBetweenTrims = 10;

/// Of heddle.service; what /healthz goes by where systemd does not watch.
constexpr seconds kWatchdog(60);

/// What watches a stream's heartbeat, and a daemon's ticks; each second.
void tick(Daemon& daemon, const Notify& notify, int count) {
  daemon.streams.tick();
  if (count % kTicksBetweenTrims == 0) return_free_memory();
  const auto watchdog = notify.watchdog();
  if (!daemon.streams.alive(watchdog.value_or(kWatchdog) / 2)) return;
  daemon.alive.beat();
  if (watchdog) notify.tell("WATCHDOG=1");
}

/// Streams keep a checkpoint, jobs their journals; both in `most`. Whether all came to their end.
bool drain(Daemon& daemon, seconds most, Report& report) {
  daemon.draining = true;
  report.say(
      "stopping: streams and jobs come to a point where they can go on; a second signal "
      "ends at once");
  daemon.streams.drain();
  std::thread jobs([&daemon] { daemon.jobs.drain(); });
  const auto until = std::chrono::steady_clock::now() + most;
  const bool ended = daemon.streams.wait_ended(most);
  if (!ended) {
    report.warn(
        "some streams did not come to their end in time; they go on from the checkpoint "
        "before");
  }
  for (const auto& stream : daemon.streams.all()) {
    const StreamStatus last = stream->status();
    if (last.error_code != kCheckpointFailed) continue;
    report.warn("the stream " + stream->spec().id +
                " goes on from the checkpoint before: " + last.error);
  }
  if (!daemon.jobs.wait_idle(until)) {
    report.warn("a job did not come to its end in time; it goes on from its last safe point");
    daemon.jobs.end();
  }
  jobs.join();
  return ended;
}

/// No signal reaches what is no more, however its scope is left.
class OnSignal {
 public:
  OnSignal(Interrupt& interrupt, std::function<void()> call) : interrupt_(interrupt) {
    interrupt_.on_signal(std::move(call));
  }
  ~OnSignal() { interrupt_.on_signal({}); }
  OnSignal(const OnSignal&) = delete;
  OnSignal& operator=(const OnSignal&) = delete;

 private:
  Interrupt& interrupt_;
};

}  // namespace

int run_service(const ServeOptions& options, Session& session, CommandText program) {
  session.interrupt.heed();
  raise_descriptors();
  backend_named(options.run.device);  // or nothing is touched
  const bool heap_is_limited = limit_heap();
  const Auth auth = auth_of(options);
  const StateFolder state(options.state);
  // Before any stream goes on: where they cannot be had, nothing has begun that would be cut.
  Sockets sockets = listen(options, addresses(options));
  Report report("serve", options.run);
  tell_times();
  if (!heap_is_limited) {
    report.warn("the heap (" + std::string(heap_name()) +
                ") takes no limits; memory that was freed may stay with the daemon");
  }
  const Notify notify;
  const pipeline::ThreadBudget threads(options.run.threads > 0 ? options.run.threads
                                                               : pipeline::available_threads());
  const auto video = model_of(options, options.video_model, job_of("video"), report);
  const auto genome = model_of(options, options.genome_model, job_of("genome", "genes"), report);
  const auto confinement = confinement_of(options);
  StreamServices services{video ? &*video : nullptr,
                          genome ? &*genome : nullptr,
                          threads.compute(),
                          state.sub_folder("streams"),
                          decoder(options, report)};
  services.network = [&confinement](const std::string& address) {
    return std::make_shared<const io::NetworkRule>(confinement.network_rule({address}));
  };
  services.say = [&report](const std::string& line) { report.warn(line); };
  const ServerOptions limits = server_options(options);
  const CommandOptions command_options(std::move(program), confinement);
  Daemon daemon{auth,
                confinement,
                command_options,
                Streams({.most = options.streams,
                         .most_memory = options.stream_memory,
                         .services = services,
                         .start = start_stream,
                         .confine = [&](StreamSpec& spec) { confine(spec, command_options); }}),
                JobQueue({.at_once = options.jobs,
                          .threads = options.run.threads,
                          .program = this_program(),
                          .state_folder = options.state,
                          .say = services.say},
                         command_options),
                about(services),
                limits.connections};
  Ending ending;
  daemon.drain = [&ending] { ending.ask(); };
  const OnSignal on_signal(session.interrupt, [&ending] { ending.ask(); });

  Api api(daemon);
  Server server(api, limits);
  daemon.connections = [&server] { return server.connections().counts(); };
  for (const std::string& trouble : daemon.jobs.start()) report.warn(trouble);
  for (const std::string& trouble : daemon.streams.restart()) report.warn(trouble);
  for (auto& [socket, local] : sockets.open) server.serve(std::move(socket), local);
  report.say("serving on " + sockets.where);
  if (options.listen.empty()) report.say("a browser needs TCP: --listen 127.0.0.1:8080");
  daemon.alive.watch(notify.watchdog().value_or(kWatchdog));
  notify.tell("READY=1");
  for (int count = 1; !ending.wait(seconds(1)); ++count) tick(daemon, notify, count);
  notify.tell("STOPPING=1");
  const bool ended = drain(daemon, seconds(options.drain_seconds), report);
  server.stop();
  sockets.file.remove();
  report.last_line();
  // A stream that hangs would be waited for without limit; its checkpoint on disk is true.
  if (!ended) std::_Exit(kOk);
  return kOk;
}

}  // namespace heddle::app::serve
