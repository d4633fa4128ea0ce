#include "app/serve/streams/intake.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {
namespace {

/// FFmpeg's clock says a gap for jumps and for damage, which leaves out some frames.
constexpr double kJumpSeconds = 0.5;
constexpr double kNextInterval = 1.5;
constexpr double kUsualInterval = 0.04;
constexpr std::size_t kMostNames = 65536;

}  // namespace

Intake::Intake(std::unique_ptr<Parts> parts, World world)
    : parts_(std::move(parts)), world_(std::move(world)) {}

void Intake::begin_at(const IntakeBegin& begin) {
  next_frame_ = begin.frame;
  last_seconds_ = begin.seconds;
  sequences_ = begin.sequences;
  away_ = begin.away;
  parts_->begun(sequences_);
  if (begin.gap) reason_ = "reconnect";
}

bool Intake::open_part() {
  source_ = parts_->next();
  if (!source_) return false;
  fresh_ = true;
  if (parts_read_++ == 0) info_ = source_->info();
  world_.opened(source_->info());
  return true;
}

bool Intake::open() { return open_part(); }

/// A sample of the part, or nothing at its end, with error_ where it was none.
std::optional<io::Sample> Intake::read() {
  const auto patience = parts_->patience();
  if (patience.count() > 0) world_.patience.expect(patience);
  std::optional<io::Sample> sample;
  error_ = nullptr;
  try {
    const InputWatch::Asking asking(world_.watch);
    sample = source_->next();
  } catch (const std::runtime_error&) {
    error_ = std::current_exception();
  }
  interrupted_ = patience.count() > 0 && world_.patience.satisfied();
  return sample;
}

bool Intake::end_part() {
  std::string error;
  try {
    if (error_) std::rethrow_exception(error_);
  } catch (const std::runtime_error& thrown) {
    error = thrown.what();
  }
  source_.reset();
  if (!parts_->go_on(error)) {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    return false;
  }
  reason_ = interrupted_ ? "stall" : "reconnect";
  if (interrupted_) {
    world_.trouble({"stalled", "nothing came any more"});
  } else if (!error.empty() && parts_->patience().count() > 0) {  // others tell of their own
    world_.trouble({"connection_lost", error});
  }
  world_.broke();
  return true;
}

std::optional<io::Sample> Intake::next() {
  for (;;) {
    if (world_.halt.raised()) return std::nullopt;
    if (!source_ && !open_part()) break;
    if (auto sample = read()) return placed(std::move(*sample));
    if (world_.halt.raised()) return std::nullopt;
    if (!end_part()) {
      ended_ = true;
      return std::nullopt;
    }
    if (in_sequence_) return rest_of_sequence();
  }
  ended_ = !world_.halt.raised();
  return std::nullopt;
}

io::Sample Intake::placed(io::Sample sample) {
  if (fresh_) parts_->delivered();
  std::visit([this](auto& value) { place(value); }, sample);
  fresh_ = false;
  return sample;
}

void Intake::place(io::Frame& frame) {
  const auto now = world_.clock.now();
  const double from = last_seconds_;
  const bool hole = fresh_ && !reason_.empty();
  if (fresh_) {
    // Nobody knows how much a source left out but the clock on the wall.
    const std::chrono::duration<double> away =
        last_read_ ? now - *last_read_ : Clock::Time::duration();
    const double step = std::max(interval_ > 0 ? interval_ : kUsualInterval, away.count() + away_);
    away_ = 0;
    offset_ = hole ? last_seconds_ + step - frame.seconds : 0;
    number_offset_ = next_frame_ > 0 ? next_frame_ - frame.number : 0;
  }
  frame.seconds += offset_;
  if (!fresh_ && !frame.after_gap) interval_ = frame.seconds - last_seconds_;
  frame.number += number_offset_;
  next_frame_ = frame.number + 1;
  if (const std::string name = parts_->name(); !name.empty()) frame.stream = name;
  if (hole) {
    frame.after_gap = true;
    world_.gaps.add({frame.number, reason_, from, frame.seconds, ""});
    reason_.clear();
  } else if (frame.after_gap) {
    const double step = frame.seconds - from;  // a clock set back goes on one interval later
    const bool jump = step > kJumpSeconds || step < kNextInterval * interval_;
    world_.gaps.add({frame.number, jump ? "timestamp_jump" : "dropped", from, frame.seconds, ""});
  }
  last_seconds_ = frame.seconds;
  last_read_ = now;
  world_.meters.read(frame.number, now);
}

void Intake::know(const std::vector<std::string>& names) {
  for (const std::string& name : names) names_.try_emplace(name, 1);
}

/// Two uploads may hold a chr1 each, and the two reads of a pair have one name.
std::string Intake::own_name(const std::string& name) {
  if (names_.size() >= kMostNames) names_.clear();
  for (;;) {
    const int times = ++names_[name];
    std::string own = times == 1 ? name : name + "." + std::to_string(times);
    if (times == 1 || names_.try_emplace(own, 1).second) return own;  // it may come as it stands
  }
}

void Intake::place(io::Sequence& piece) {
  if (piece.first) {
    reason_.clear();
    sequence_ = piece.name;
    kind_ = piece.kind;
    stands_as_ = own_name(piece.name);
    parts_->begun(++sequences_);
  }
  in_sequence_ = !piece.last;
  sequence_end_ = piece.offset + static_cast<std::int64_t>(piece.bases.size());
  piece.name = stands_as_;
}

io::Sample Intake::rest_of_sequence() {
  in_sequence_ = false;
  const auto end = static_cast<double>(sequence_end_);
  world_.gaps.add({sequences_, reason_, end, end, stands_as_});
  io::Sequence nothing;
  nothing.kind = kind_;
  nothing.name = stands_as_;
  nothing.offset = sequence_end_;
  nothing.first = false;
  nothing.last = true;
  return nothing;
}

}  // namespace heddle::app::serve
