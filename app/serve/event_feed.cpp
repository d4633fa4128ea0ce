#include "app/serve/event_feed.h"

#include "app/serve/end_event.h"
#include "app/serve/times.h"

#include <algorithm>
#include <utility>

namespace heddle::app::serve {
namespace {

constexpr int kKeepAlive = 15;  // seconds
constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr std::size_t kKept = 4096;  // of a thousand idle listeners each

/// Who comes back with the last event of what has ended. Not where a daemon that drains ended it:
/// behind the restart it goes on.
bool nothing_comes_after(const EventLog& log, std::int64_t id) {
  if (id != log.last()) return false;
  const EventLog::Read read = log.after(id);
  if (!read.ended) return false;
  const std::vector<Event> last = log.after(id - 1).events;
  return last.empty() || !is_drained_end(last.back());
}

}  // namespace

void append_event(std::string& text, const Event& event) {
  text += "id: " + std::to_string(event.id) + "\nevent: " + event.type + "\ndata: ";
  if (event.wall == 0 || !event.data.ends_with('}')) {
    text += event.data;
  } else {
    const std::chrono::system_clock::time_point when{std::chrono::milliseconds(event.wall)};
    text.append(event.data, 0, event.data.size() - 1);
    if (event.data != "{}") text += ',';
    text += "\"wall\":\"" + rfc3339(when) + "\"}";
  }
  text += "\n\n";
}

EventFeed::EventFeed(std::shared_ptr<void> owner, EventLog& log, std::int64_t after)
    : owner_(std::move(owner)),
      log_(log),
      after_(std::max<std::int64_t>(after, 0)),
      new_(after < 0) {
  // A number from before a restart without a state folder: that log is gone.
  if (after_ > log_.last()) {
    gone_ = true;
    after_ = 0;
  }
}

EventFeed::~EventFeed() {
  if (listener_ != 0) log_.remove_listener(listener_);
}

void EventFeed::on_more(std::function<void()> wake) {
  wake_ = wake;
  listener_ = log_.add_listener(std::move(wake));
}

void EventFeed::tick() {
  if (silent_.fetch_add(1) + 1 < kKeepAlive) return;
  comment_ = true;
  if (wake_) wake_();
}

std::string_view EventFeed::next(std::size_t /*most*/) {
  if (text_.capacity() > kKept) std::string().swap(text_);
  text_.clear();
  if (!std::exchange(begun_, true)) text_ = "retry: 2000\n\n";
  const EventLog::Read read = log_.after(after_, kPiece);
  if (std::exchange(gone_, false)) {
    text_ += "event: lost\ndata: {\"count\":null}\n\n";
    new_ = true;  // how many of this log it missed says nothing more
  }
  if (read.lost > 0 && !std::exchange(new_, false)) {
    text_ += "event: lost\ndata: {\"count\":" + std::to_string(read.lost) + "}\n\n";
  }
  new_ = false;
  for (const Event& event : read.events) append_event(text_, event);
  after_ = read.seen;
  finished_ = read.ended;
  if (text_.empty() && comment_.exchange(false)) text_ = ": keep-alive\n\n";
  if (!text_.empty()) silent_ = 0;
  return text_;
}

Response event_stream(std::shared_ptr<void> owner, EventLog& log, std::int64_t after) {
  Response response;
  if (after >= 0 && nothing_comes_after(log, after)) {
    response.status = 204;
    return response;
  }
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");  // a proxy hands each event on at once
  response.source = std::make_shared<EventFeed>(std::move(owner), log, after);
  return response;
}

}  // namespace heddle::app::serve
