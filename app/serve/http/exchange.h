#pragma once
// One request on its way through the server: its head is planned, its body read (into a string, a
// sink, or nowhere), its answer made here or by a worker, and sent. libmicrohttpd calls step()
// again and again from one thread, until it has a response; while there is nothing to do the
// connection is suspended, and wake() (from any thread) has it called again.

#include "app/serve/http/connections.h"
#include "app/serve/http/head.h"
#include "app/serve/http/message.h"
#include "app/serve/http/server.h"
#include "app/serve/http/workers.h"

#include <microhttpd.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace heddle::app::serve {

/// What the exchanges of a server share.
struct Exchanges {
  Exchanges(Site& served, const ServerOptions& given)
      : site(served),
        options(given),
        connections(given.connections),
        workers(given.workers, kMostWaiting) {}

  static constexpr std::size_t kMostWaiting = 256;  // answers
  Site& site;
  const ServerOptions options;
  Connections connections;
  Workers workers;
  std::atomic<bool> stopping{false};

  void add(const std::shared_ptr<class Exchange>& exchange);
  void remove(const class Exchange* exchange);
  /// A second has passed.
  void tick();
  void wake_all();
  /// False: after this time some still run.
  bool wait_for_end(std::chrono::milliseconds most);

 private:
  std::vector<std::shared_ptr<class Exchange>> all();
  std::mutex mutex_;
  std::condition_variable ended_;
  std::map<const class Exchange*, std::weak_ptr<class Exchange>> live_;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Exchanges& shared, MHD_Connection* connection, Connections::Place* place);

  /// The first call: the head is there.
  MHD_Result begin(Head head, std::optional<Response> refusal);
  /// A piece of the body, of which `size` says what was not taken; or, without one, its end.
  MHD_Result step(std::span<const char> piece, std::size_t& size);
  /// The request is over, one way or another.
  void end();

  void wake();
  void tick();
  /// Of an event stream.
  ssize_t read(char* to, std::size_t most);

 private:
  enum class Stage { kBody, kSendingAway, kAnswering, kSent };

  MHD_Result take(std::span<const char> piece, std::size_t& size);
  MHD_Result upload(std::span<const char> piece, std::size_t& size);
  MHD_Result answer();
  MHD_Result send(Response response);
  MHD_Result send_away(const Response& response);
  Response too_large() const;
  Response stopping() const;
  /// False: it was woken meanwhile, or the server is stopping.
  bool suspend();
  bool upload_settled();
  /// Its answer is sent before the body's end, from whichever thread notices. Threads: any.
  bool turned_away();
  /// From here on nobody is turned away. False: it was, already.
  bool body_ends();
  void leave_sink();
  std::function<void()> waker();

  Exchanges& shared_;
  MHD_Connection* const connection_;
  Connections::Place* const place_;
  const Connections::Clock::time_point began_ = Connections::Clock::now();
  Request request_;
  Plan plan_;
  std::atomic<Stage> stage_{Stage::kBody};
  bool body_whole_ = false;  // of an upload
  int status_ = 0;
  std::int64_t thrown_away_ = 0;
  std::string_view rest_;  // of what the source gave last

  std::mutex uploading_;              // before mutex_
  std::shared_ptr<BodySink> upload_;  // while its body comes in

  std::mutex mutex_;
  bool suspended_ = false;
  bool woken_ = false;
  bool over_ = false;
  std::optional<Response> made_;
  std::shared_ptr<BodySource> source_;
};

}  // namespace heddle::app::serve
