#pragma once
// An EventLog as a body of text/event-stream (WHATWG HTML, section 9.2): its events from a number
// on, what a slow listener has missed, a comment every 15 s while there is nothing, and the end.
// Threads: tick() from any, the others from that of the connections; its wake comes from whoever
// publishes.

#include "app/serve/events.h"
#include "app/serve/http/message.h"

#include <atomic>
#include <memory>
#include <string>

namespace heddle::app::serve {

class EventFeed : public BodySource {
 public:
  /// `owner` keeps the log alive. `after`: the last event that the listener saw; -1: it is new, and
  /// gets all that the log holds.
  EventFeed(std::shared_ptr<void> owner, EventLog& log, std::int64_t after);
  ~EventFeed() override;

  std::string_view next(std::size_t most) override;
  bool finished() const override { return finished_; }
  void on_more(std::function<void()> wake) override;
  void tick() override;

 private:
  const std::shared_ptr<void> owner_;
  EventLog& log_;
  std::int64_t after_;
  bool new_;
  bool gone_ = false;  // the log that the number was of
  bool begun_ = false;
  bool finished_ = false;
  std::string text_;
  int listener_ = 0;
  std::function<void()> wake_;
  std::atomic<int> silent_{0};  // seconds
  std::atomic<bool> comment_{false};
};

/// The answer that streams `log` to a listener; arguments as EventFeed's.
Response event_stream(std::shared_ptr<void> owner, EventLog& log, std::int64_t after);

/// One event as its lines. Exposed for tests.
void append_event(std::string& text, const Event& event);

}  // namespace heddle::app::serve
