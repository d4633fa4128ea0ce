#pragma once
// The journal of one input's run: whether an earlier run can be gone on with, when the next safe
// point is due, and what becomes of it at the end.
//
// A run keeps a journal where it can be taken up again: its input and its outputs are files, and
// their formats know how. Threads: due() from the reader's, write() from the sinks'; the rest from
// the caller's while neither runs.

#include "app/journal.h"
#include "app/output_plan.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace heddle::app {

/// Why a run of this input into these outputs cannot be gone on with; empty: it can.
std::string why_not_continuable(const std::string& input, std::span<const OutputTarget> targets);

class RunJournal {
 public:
  struct Run {
    std::string input;
    std::span<const OutputTarget> targets;
    RunFacts facts;
  };
  /// Looks for the journal of an earlier run. Throws CommandError: usage for --resume of a run that
  /// cannot be continued; output where there is a journal and neither --resume nor -y, where facts
  /// differ, where an output of the earlier run is gone, where some outputs exist and no journal
  /// tells why. Gives a finished output that an earlier run did not get to note its partial name
  /// again.
  RunJournal(Run run, const OutputOptions& options);

  /// The earlier run to go on with.
  const std::optional<JournalEntry>& earlier() const { return earlier_; }
  /// There is nothing to do: an earlier run came to its end, or (no journal is left) --resume finds
  /// all outputs under their names.
  bool done() const { return all_there_ || (earlier_ && earlier_->complete); }
  bool kept() const { return kept_; }
  /// An entry is there that --resume would go on with.
  bool can_go_on() const { return kept_ && (written_ || earlier_); }

  /// The outputs are open and locked. Without `continuable` outputs no journal is kept.
  void start(bool continuable);
  bool due();
  /// `fill` sets all but facts and outputs; false: not at this moment.
  void write(const std::function<bool(JournalEntry&)>& fill);
  /// The outputs are about to get their names, one after another.
  void before_names();
  /// The outputs have their names: nothing is left of it, or (`noted`) that it is done.
  void complete(bool noted);
  /// There is nothing that could be gone on with.
  void drop();

 private:
  using Clock = std::chrono::steady_clock;
  void look_for_earlier(bool resume);
  void refuse_to_lose();
  void check_earlier();
  void find_outputs() const;
  bool find_all_there() const;
  void note_outputs(JournalEntry& entry) const;
  void wait(std::chrono::duration<double> time);

  const Run run_;
  const bool overwrite_;
  const std::chrono::duration<double> every_;
  Journal journal_;
  std::string why_not_;  // no journal can be kept
  bool kept_ = false;
  bool all_there_ = false;
  bool written_ = false;  // an entry is there
  std::optional<JournalEntry> earlier_;
  std::atomic<Clock::duration::rep> next_;  // of Clock; the far future while one is being taken
};

}  // namespace heddle::app
