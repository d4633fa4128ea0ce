#include "app/serve/events.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {

EventLog::EventLog(const EventLimits& limits) : limits_(limits) {}

std::int64_t EventLog::publish(std::string_view type, std::string data) {
  std::int64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) throw std::logic_error("an event behind the end of its log");
    number = ++last_;
    bytes_ += data.size();
    ring_.push_back({number, std::string(type), std::move(data)});
    const auto too_much = [this] {
      return ring_.size() > limits_.events || bytes_ > limits_.bytes;
    };
    while (ring_.size() > 1 && too_much()) {  // the newest stays, however large
      bytes_ -= ring_.front().data.size();
      ring_.pop_front();
    }
  }
  const std::scoped_lock lock(listeners_mutex_);
  for (const auto& [listener, wake] : listeners_) wake();
  return number;
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
  const std::int64_t oldest = ring_.empty() ? last_ + 1 : ring_.front().id;
  const std::int64_t from = std::max({id + 1, oldest, std::int64_t{1}});
  const std::int64_t seen = std::max<std::int64_t>(id, 0);
  const std::int64_t nobody_had = std::min(from - 1, skipped_to_) - std::max(seen, skipped_from_);
  read.lost = from - 1 - seen - std::max<std::int64_t>(nobody_had, 0);
  std::size_t bytes = 0;
  std::int64_t at = from;
  for (; at <= last_; ++at) {
    const Event& event = ring_[static_cast<std::size_t>(at - oldest)];
    if (!read.events.empty() && bytes + event.data.size() > most_bytes) break;
    bytes += event.data.size();
    read.events.push_back(event);
  }
  read.ended = ended_ && at > last_;
  return read;
}

std::int64_t EventLog::last() const {
  const std::scoped_lock lock(mutex_);
  return last_;
}

std::size_t EventLog::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

void EventLog::start_after(std::int64_t last, std::int64_t skipped) {
  const std::scoped_lock lock(mutex_);
  if (!ring_.empty() || last_ != 0) throw std::logic_error("a log that has begun cannot go on");
  skipped_from_ = last;
  last_ = skipped_to_ = last + skipped;
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
