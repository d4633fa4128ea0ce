#pragma once
// Who is connected: so many an address, event streams counted apart, and nobody who keeps a place
// without using it. A connection waits (for a request's head), works, or listens to events. One
// that waits longer than it may is shut down (its owner then sees the end and closes it); where an
// address has all its places, its longest waiting connection makes room for a new one, and where
// all places of all sockets are taken, the longest waiting of all. Threads: every call from any
// thread.

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>

namespace heddle::app::serve {

struct ConnectionLimits {
  int connections = 2048;  // of all sockets together
  int an_address = 64;     // beside event streams
  int event_streams = 1536;
  std::chrono::seconds wait{10};   // for a head, from the connection's or the last request's end
  std::chrono::seconds body{30};   // for a JSON body, from its head
  std::chrono::seconds linger{3};  // for a client to read why it is sent away
  std::chrono::seconds grace{1};   // a newer connection is not shut down to make room
};

class Connections {
 public:
  using Clock = std::chrono::steady_clock;
  class Place;

  explicit Connections(const ConnectionLimits& limits) : limits_(limits) {}

  /// Whether one more may come from this address ("": the unix socket, no limit of its own).
  bool admits(const std::string& address, Clock::time_point now = Clock::now());
  /// `descriptor` stays open until closed().
  Place* opened(const std::string& address, int descriptor, Clock::time_point now = Clock::now());
  void closed(Place* place);

  /// A head has come. Until the request's end nothing shuts the connection down, unless it must be
  /// through by then.
  void works(Place* place);
  void must_be_through(Place* place, std::chrono::seconds within);
  /// False: too many event streams already.
  bool listens(Place* place);
  /// The request is answered.
  void waits(Place* place, Clock::time_point now = Clock::now());

  /// Shuts down what is late. About once a second.
  void sweep(Clock::time_point now = Clock::now());

  struct Counts {
    int connections = 0;
    int event_streams = 0;
    long refused = 0;  // not admitted, or more event streams than there may be
    long late = 0;     // shut down
  };
  Counts counts() const;
  const ConnectionLimits& limits() const { return limits_; }

 private:
  void shut_down(Place& place);
  int ordinary(const std::string& address) const;

  const ConnectionLimits limits_;
  mutable std::mutex mutex_;
  std::list<Place> places_;
  std::map<std::string, int> ordinary_;  // an address
  Counts counts_;
};

class Connections::Place {
 private:
  friend class Connections;
  enum class Doing { kWaiting, kWorking, kListening };

  std::string address_;
  int descriptor_ = -1;
  Doing doing_ = Doing::kWaiting;
  Clock::time_point since_;
  Clock::time_point deadline_;
  bool shut_ = false;
  std::list<Place>::iterator self_;
};

}  // namespace heddle::app::serve
