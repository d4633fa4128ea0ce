#pragma once
// A request and its response as values, without a word of how they travel. Names of headers are
// in lower case; the path and the query are decoded once, and hold no control characters.

#include "app/serve/error_code.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::app::serve {

struct Request {
  std::string method;  // "GET"
  std::string path;    // "/v1/streams/s7"
  std::map<std::string, std::string, std::less<>> query;
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;                     // of routes that take JSON
  std::int64_t uploaded = 0;            // bytes that went to a BodySink
  std::vector<std::string> parameters;  // what the {} of the route's pattern stand for
  bool local = false;                   // came over the unix socket

  std::string_view header(std::string_view name) const;  // empty where it is not there
};

/// Bytes that come as they come to be: an event stream. Lives as long as its connection.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Up to `most` bytes. Empty: nothing yet (or, where finished(), no more).
  virtual std::string_view next(std::size_t most) = 0;
  virtual bool finished() const = 0;
  /// Called once, before the first next(). From then on `wake` may be called from any thread, and
  /// never again once the source is destroyed.
  virtual void on_more(std::function<void()> wake) = 0;
  /// About once a second, from any thread: for what must be said now and then.
  virtual void tick() = 0;
};

struct Response {
  int status = 200;
  std::string content_type;  // empty: no body
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string_view fixed = {};                // in place of `body`, of bytes that stay for ever
  std::shared_ptr<const std::string> shared;  // in place of both
  std::shared_ptr<BodySource> source;         // in place of all three: an event stream

  std::string_view bytes() const;
};

/// Where the bytes of an uploaded body go while it comes in.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Takes what fits; 0: `wake` of on_room() will be called, from any thread.
  virtual std::size_t offer(std::span<const char> bytes) = 0;
  virtual void on_room(std::function<void()> wake) = 0;
  /// Once. `cut`: the connection broke before the body's end.
  virtual void finish(bool cut) = 0;
  /// Whether it is known what became of the bytes; if not, `wake` (the newest one given) is called
  /// once it is, from any thread. Before finish() too: with a refusal() the rest is of no use.
  virtual bool settled(std::function<void()> wake) = 0;
  /// Once settled(): the answer, where they were not taken.
  virtual std::optional<Response> refusal() const = 0;
};

enum class BodyKind : std::uint8_t { kNone, kJson, kUpload };

/// What is to be done with a request, told by its head alone.
struct Plan {
  std::string route;  // "/v1/streams/{}", for counting; empty: none fits
  /// The answer is known before any body is read.
  std::optional<Response> refusal;
  BodyKind body = BodyKind::kNone;
  /// May take a while: not on the thread that serves the connections.
  bool slow = false;
  bool event_stream = false;
  std::function<Response(const Request&)> answer;
  /// Of BodyKind::kUpload: where its bytes go. Throws what becomes a response (ApiError).
  std::shared_ptr<BodySink> sink;
};

/// What a server serves. Threads: from any.
class Site {
 public:
  virtual ~Site() = default;
  /// `request` has no body yet. Must not throw.
  virtual Plan plan(Request& request) = 0;
  /// The answer of a plan, with exceptions made responses. Must not throw.
  virtual Response answer(const Plan& plan, const Request& request) = 0;
  /// An answer that the server gives by itself, in the site's form of errors.
  virtual Response error(ErrorCode code, const std::string& message) = 0;
  /// Told at the end of each request. `seconds` < 0: of an event stream, which lasts as it likes.
  virtual void count(const std::string& route, int status, double seconds) = 0;
};

}  // namespace heddle::app::serve
