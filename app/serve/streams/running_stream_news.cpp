// What a running stream tells of itself: its state, its input and its troubles.

#include "app/serve/passwords.h"
#include "app/serve/streams/running_stream.h"
#include "app/serve/times.h"
#include "io/formats/json_text.h"

#include <algorithm>

namespace heddle::app::serve {
namespace {

using Json = nlohmann::ordered_json;

/// Trouble that is over once the input delivers again. THE LIST.
constexpr TroubleCode kOfTheInput[] = {"connection_failed",
                                       "connection_timeout",
                                       "connection_lost",
                                       "stalled",
                                       "upload_refused",
                                       "upload_broke",
                                       "upload_cut",
                                       "file_broke",
                                       "file_changed"};

}  // namespace

void RunningStream::set_state(StreamState state) {
  std::string line;
  {
    const std::scoped_lock lock(state_mutex_);
    line = set_state_locked(state);
  }
  say(line);
}

/// A log that takes nothing stops the thread that says it, and nobody who asks for the state.
void RunningStream::say(const std::string& line) const {
  if (!line.empty()) services_.say(line);
}

std::string RunningStream::set_state_locked(StreamState state) {
  const bool late =
      ended(status_.state) || (status_.state == StreamState::kDraining && !ended(state));
  if (status_.state == state || late) return "";
  if (goes_on(state)) return "";  // for everybody it drains, until the next process goes on
  std::string line = line_of_change(state);
  status_.state = state;
  status_.changed = std::chrono::system_clock::now();
  status_.next_attempt.reset();
  Json json{{"state", name_of(state)}};
  if (state == StreamState::kFailed) json["error"] = status_.error;
  log_.publish("state", io::text_of(json));
  return line;
}

/// To whoever runs the daemon: what a person would look after, and that it is over.
std::string RunningStream::line_of_change(StreamState to) const {
  const StreamState from = status_.state;
  const bool was = from == StreamState::kRetrying || from == StreamState::kStalled;
  const std::string who = "the stream " + spec_.id + " (" + spec_.name + ") ";
  const auto is = [this](TroubleCode code) { return status_.error_code == code.text(); };
  const std::string why = std::ranges::any_of(kOfTheInput, is) ? ": " + status_.error : "";
  if (to == StreamState::kStalled) return who + "stands still" + why;
  if (to == StreamState::kRetrying && from != to) {
    return who + "has no input, which is sought again" + why;
  }
  return to == StreamState::kRunning && was ? who + "goes on" : "";
}

/// Told anew before each attempt.
void RunningStream::retries(std::chrono::nanoseconds pause) { say(begin_retry(pause)); }

std::string RunningStream::begin_retry(std::chrono::nanoseconds pause) {
  const std::scoped_lock lock(state_mutex_);
  if (ended(status_.state) || status_.state == StreamState::kDraining) return "";
  const auto now = std::chrono::system_clock::now();
  if (status_.state != StreamState::kRetrying) status_.changed = now;
  std::string line = line_of_change(StreamState::kRetrying);
  status_.state = StreamState::kRetrying;
  status_.next_attempt =
      now + std::chrono::duration_cast<std::chrono::system_clock::duration>(pause);
  log_.publish("state",
               io::text_of({{"state", name_of(status_.state)},
                            {"next_attempt", serve::rfc3339(*status_.next_attempt)}}));
  return line;
}

void RunningStream::skipped(const std::string& name, const std::string& why) {
  ++unread_;
  log_.publish("skipped", io::text_of({{"file", name}, {"message", why}}));
  services_.say("the stream " + spec_.id + ": " + name + " is passed over: " + why);
}

void RunningStream::trouble(const Trouble& what) {
  const std::string message = concealed(what.message, spec_.input);
  {
    const std::scoped_lock lock(state_mutex_);
    status_.error_code = what.code.text();
    status_.error = message;
  }
  log_.publish("error", io::text_of({{"code", what.code.text()}, {"message", message}}));
}

/// Over no trouble of another kind.
void RunningStream::stands(const Trouble& what) {
  const std::scoped_lock lock(state_mutex_);
  const auto is = [this](TroubleCode code) { return status_.error_code == code.text(); };
  if (!status_.error_code.empty() && std::ranges::none_of(kOfTheInput, is)) return;
  status_.error_code = what.code.text();
  status_.error = concealed(what.message, spec_.input);
}

/// What was said of this trouble holds no more.
void RunningStream::mended(std::span<const TroubleCode> codes) {
  const std::scoped_lock lock(state_mutex_);
  const auto is = [this](TroubleCode code) { return status_.error_code == code.text(); };
  if (std::ranges::none_of(codes, is)) return;
  status_.error_code.clear();
  status_.error.clear();
}

void RunningStream::input_mended() { mended(kOfTheInput); }

void RunningStream::opened(const io::SourceInfo& info) {
  waits_ = false;
  bool resized = false;
  {
    const std::scoped_lock lock(state_mutex_);
    resized = info.video && (info.width != status_.width || info.height != status_.height);
    status_.width = info.width;
    status_.height = info.height;
  }
  if (resized) {
    log_.publish("size",
                 io::text_of({{"width", info.width},
                              {"height", info.height},
                              {"rate", io::rounded(info.frames_per_second, 1000)}}));
  }
  set_state(StreamState::kRunning);
}

void RunningStream::broke() {
  // The next upload, or file of a folder, is no connection that was lost.
  if (input_kind(spec_) != InputKind::kAddress) return;
  const std::scoped_lock lock(state_mutex_);
  ++status_.reconnects;
}

}  // namespace heddle::app::serve
