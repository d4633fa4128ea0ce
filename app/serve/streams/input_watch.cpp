#include "app/serve/streams/input_watch.h"

#include <cmath>

namespace heddle::app::serve {
namespace {

/// What waking up now and then costs is no work.
constexpr double kNoWork = 1e-3;  // seconds, between two looks

}  // namespace

void InputWatch::set(bool& what, bool value) {
  const std::scoped_lock lock(mutex_);
  what = value;
  ++steps_;
}

InputWatch::Asking::Asking(InputWatch* watch) : watch_(watch) {
  if (watch_ == nullptr) return;
  here_.emplace(watch_->work_);
  watch_->set(watch_->asking_, true);
}

InputWatch::Asking::~Asking() {
  if (watch_ != nullptr) watch_->set(watch_->asking_, false);
}

InputWatch::Resting::Resting(InputWatch* watch) : watch_(watch) {
  if (watch_ != nullptr) watch_->set(watch_->resting_, true);
}

InputWatch::Resting::~Resting() {
  if (watch_ != nullptr) watch_->set(watch_->resting_, false);
}

void InputWatch::look(Clock::Time now) {
  const std::scoped_lock lock(mutex_);
  const double work = work_.seconds();
  const bool waits = asking_ && !resting_ && steps_ == seen_steps_;
  if (!waits || std::abs(work - seen_work_) > kNoWork) moved_ = now;
  seen_steps_ = steps_;
  seen_work_ = work;
  silent_ = now - moved_ >= limit_;
}

}  // namespace heddle::app::serve
