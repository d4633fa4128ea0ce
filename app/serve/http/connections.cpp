#include "app/serve/http/connections.h"

#include <sys/socket.h>

namespace heddle::app::serve {

int Connections::ordinary(const std::string& address) const {
  const auto found = ordinary_.find(address);
  return found == ordinary_.end() ? 0 : found->second;
}

void Connections::shut_down(Place& place) {
  place.shut_ = true;
  ++counts_.late;
  ::shutdown(place.descriptor_, SHUT_RDWR);
}

bool Connections::admits(const std::string& address, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  const bool all_taken = counts_.connections >= limits_.connections;
  const bool own_taken = !address.empty() && ordinary(address) >= limits_.an_address;
  if (!all_taken && !own_taken) return true;
  Place* longest = nullptr;
  for (Place& place : places_) {
    const bool may_go = (!own_taken || place.address_ == address) && !place.shut_ &&
                        place.doing_ == Place::Doing::kWaiting &&
                        now - place.since_ >= limits_.grace;
    if (may_go && (longest == nullptr || place.since_ < longest->since_)) longest = &place;
  }
  if (longest == nullptr) {
    ++counts_.refused;
    return false;
  }
  shut_down(*longest);
  return true;
}

Connections::Place* Connections::opened(const std::string& address,
                                        int descriptor,
                                        Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  Place& place = places_.emplace_back();
  place.address_ = address;
  place.descriptor_ = descriptor;
  place.since_ = now;
  place.deadline_ = now + limits_.wait;
  place.self_ = std::prev(places_.end());
  ++ordinary_[address];
  ++counts_.connections;
  return &place;
}

void Connections::closed(Place* place) {
  const std::scoped_lock lock(mutex_);
  --counts_.connections;
  if (place->doing_ == Place::Doing::kListening) {
    --counts_.event_streams;
  } else if (--ordinary_[place->address_] == 0) {
    ordinary_.erase(place->address_);
  }
  places_.erase(place->self_);
}

void Connections::works(Place* place) {
  const std::scoped_lock lock(mutex_);
  place->doing_ = Place::Doing::kWorking;
  place->deadline_ = Clock::time_point::max();
}

void Connections::must_be_through(Place* place, std::chrono::seconds within) {
  const std::scoped_lock lock(mutex_);
  place->deadline_ =
      within == std::chrono::seconds::max() ? Clock::time_point::max() : Clock::now() + within;
}

bool Connections::listens(Place* place) {
  const std::scoped_lock lock(mutex_);
  if (counts_.event_streams >= limits_.event_streams) {
    ++counts_.refused;
    return false;
  }
  place->doing_ = Place::Doing::kListening;
  place->deadline_ = Clock::time_point::max();
  ++counts_.event_streams;
  if (--ordinary_[place->address_] == 0) ordinary_.erase(place->address_);
  return true;
}

void Connections::waits(Place* place, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  if (place->doing_ == Place::Doing::kListening) {
    --counts_.event_streams;
    ++ordinary_[place->address_];
  }
  place->doing_ = Place::Doing::kWaiting;
  place->since_ = now;
  place->deadline_ = now + limits_.wait;
}

void Connections::sweep(Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  for (Place& place : places_) {
    if (!place.shut_ && now >= place.deadline_) shut_down(place);
  }
}

Connections::Counts Connections::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace heddle::app::serve
