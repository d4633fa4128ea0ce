#include "app/serve/events.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {

namespace {

/// So many kills of its daemon a stream remembers.
constexpr std::size_t kMostSkips = 256;

std::atomic<std::int64_t> published = 0;

}  // namespace

std::int64_t published_events() { return published; }

EventLog::EventLog(const EventLimits& limits) : limits_(limits) {}

std::int64_t EventLog::publish(std::string_view type,
                               std::string_view data,
                               std::chrono::system_clock::time_point when) {
  using std::chrono::milliseconds;
  // A quote inside a text is escaped, so that this is a key.
  const bool says_it = data.find(R"("wall":)") != std::string_view::npos;
  const auto wall = std::chrono::duration_cast<milliseconds>(when.time_since_epoch()).count();
  std::int64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) throw std::logic_error("an event behind the end of its log");
    number = ++last_;
    ring_.push_back(number, type, data, says_it ? 0 : wall);
    let_go();
  }
  ++published;
  const std::scoped_lock lock(listeners_mutex_);
  for (const auto& [listener, wake] : listeners_) wake();
  return number;
}

/// The newest stays, however large.
void EventLog::let_go() {
  while (ring_.size() > 1 && (ring_.size() > limits_.events || ring_.bytes() > limits_.bytes)) {
    ring_.pop_front();
  }
}

void EventLog::end() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  const std::scoped_lock lock(listeners_mutex_);
  for (const auto& [listener, wake] : listeners_) wake();
}

EventLog::Read EventLog::after(std::int64_t id, std::size_t most_bytes) const {
  const std::scoped_lock lock(mutex_);
  Read read;
  const std::int64_t seen = std::max<std::int64_t>(id, 0);
  const std::int64_t first = ring_.first_after(seen);
  const std::int64_t from = first == 0 ? std::max(last_, seen) + 1 : first;
  read.lost = from - 1 - seen;
  for (const SkippedEvents& skip : skipped_) {
    const std::int64_t nobody_had = std::min(from - 1, skip.to) - std::max(seen, skip.from);
    read.lost -= std::max<std::int64_t>(nobody_had, 0);
  }
  read.events = ring_.after(seen, most_bytes);
  read.seen = read.events.empty() ? from - 1 : read.events.back().id;
  read.ended = ended_ && ring_.first_after(read.seen) == 0;
  return read;
}

std::vector<Event> EventLog::newest(std::size_t most_bytes) const {
  const std::scoped_lock lock(mutex_);
  return ring_.newest(most_bytes);
}

std::int64_t EventLog::last() const {
  const std::scoped_lock lock(mutex_);
  return last_;
}

std::size_t EventLog::bytes() const {
  const std::scoped_lock lock(mutex_);
  return ring_.bytes();
}

void EventLog::start_after(std::int64_t last,
                           std::int64_t skipped,
                           std::vector<SkippedEvents> before) {
  const std::scoped_lock lock(mutex_);
  if (!ring_.empty() || last_ != 0) throw std::logic_error("a log that has begun cannot go on");
  last_ = last + skipped;
  skipped_ = std::move(before);
  if (skipped == 0) return;
  if (!skipped_.empty() && skipped_.back().to == last) {
    skipped_.back().to = last_;
  } else {
    skipped_.push_back({last, last_});
  }
  if (skipped_.size() > kMostSkips) skipped_.erase(skipped_.begin());
}

void EventLog::put_back(const std::vector<Event>& events) {
  if (events.empty()) return;
  const std::scoped_lock lock(mutex_);
  if (!ring_.empty() || events.back().id > last_) {
    throw std::logic_error("only a log that has not begun takes earlier events");
  }
  for (const Event& event : events) ring_.push_back(event.id, event.type, event.data, event.wall);
  let_go();
}

std::vector<SkippedEvents> EventLog::skipped() const {
  const std::scoped_lock lock(mutex_);
  return skipped_;
}

int EventLog::add_listener(std::function<void()> wake) {
  const std::scoped_lock lock(listeners_mutex_);
  listeners_.emplace(++next_listener_, std::move(wake));
  return next_listener_;
}

void EventLog::remove_listener(int listener) {
  const std::scoped_lock lock(listeners_mutex_);
  listeners_.erase(listener);
}

}  // namespace heddle::app::serve
