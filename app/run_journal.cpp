#include "app/run_journal.h"

#include "app/exit_codes.h"
#include "app/input_facts.h"
#include "app/run_facts.h"
#include "io/address.h"
#include "io/formats/pictures.h"
#include "io/sink.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <utility>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

/// A safe point may take this share of the time at most.
constexpr double kShare = 0.05;

std::optional<std::uint64_t> inode_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

/// Why a run into this output cannot be gone on with; empty: it can.
std::string objection(const OutputTarget& target) {
  if (target.path == "-") return "standard output cannot be continued; name a file with -o";
  std::error_code none;
  const fs::file_status status = fs::status(target.path, none);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return target.path + " is no file and cannot be continued";
  }
  return "";
}

}  // namespace

std::string why_not_continuable(const std::string& input, std::span<const OutputTarget> targets) {
  for (const OutputTarget& target : targets) {
    if (std::string why_not = objection(target); !why_not.empty()) return why_not;
  }
  if (!can_be_read_again(input)) {
    return (input == "-" ? "standard input" : io::without_password(input)) +
           " cannot be read a second time; give a file";
  }
  std::error_code none;
  const bool there = fs::exists(input, none) || io::names_pictures(input);
  return there ? "" : input + " is not there";
}

RunJournal::RunJournal(Run run, const OutputOptions& options)
    : run_(std::move(run)),
      overwrite_(options.overwrite),
      every_(options.journal_every),
      journal_(run_.targets.front().path),
      why_not_(why_not_continuable(run_.input, run_.targets)),
      next_(std::numeric_limits<Clock::duration::rep>::max()) {
  if (options.resume && !why_not_.empty()) throw CommandError(kUsage, "--resume: " + why_not_);
  if (why_not_.empty()) look_for_earlier(options.resume);
}

void RunJournal::look_for_earlier(bool resume) {
  if (!resume && overwrite_) return;  // given up in start(), once the outputs are ours
  earlier_ = journal_.read();
  if (!resume) {
    refuse_to_lose();
  } else if (earlier_) {
    check_earlier();
  } else {
    all_there_ = !overwrite_ && find_all_there();
  }
}

// Without --resume, and without -y.
void RunJournal::refuse_to_lose() {
  const bool unfinished = earlier_ && !earlier_->complete;
  earlier_.reset();
  if (!unfinished) return;
  throw CommandError(kOutput,
                     run_.targets.front().path +
                         " was begun by a run that did not come to its end: --resume goes on with "
                         "it, -y starts anew");
}

void RunJournal::check_earlier() {
  if (const std::string differs = difference(earlier_->facts, run_.facts); !differs.empty()) {
    throw CommandError(kOutput,
                       "--resume: " + run_.targets.front().path +
                           " was begun differently: " + differs +
                           ". Give what was given then, or -y without --resume to start anew");
  }
  find_outputs();
  if (earlier_->only_outputs()) earlier_.reset();
}

bool RunJournal::find_all_there() const {
  std::error_code none;
  const auto there = [&none](const OutputTarget& target) {
    return fs::is_regular_file(target.path, none);
  };
  const auto exists = std::ranges::find_if(run_.targets, there);
  if (exists == run_.targets.end()) return false;
  if (std::ranges::all_of(run_.targets, there)) return true;
  throw CommandError(kOutput,
                     exists->path + " exists and no journal tells of it; pass -y to replace it");
}

// Between the moment an output gets its name and the moment the journal knows, a run may die.
void RunJournal::find_outputs() const {
  for (const OutputTarget& target : run_.targets) {
    const std::string partial = target.path + ".partial";
    const auto known = earlier_->outputs.find(target.path);
    const bool named = known != earlier_->outputs.end() && inode_of(target.path) == known->second;
    std::error_code none;
    if (earlier_->complete && !named) {
      throw CommandError(kOutput,
                         "--resume: " + target.path + ", of which " + journal_.name() +
                             " tells, is not there any more; -y without --resume starts anew");
    }
    if (earlier_->complete || !named || fs::exists(partial, none)) continue;
    if (std::rename(target.path.c_str(), partial.c_str()) != 0) {
      throw CommandError(kOutput, "--resume: " + target.path + " cannot be renamed to " + partial);
    }
  }
}

void RunJournal::start(bool continuable) {
  kept_ = why_not_.empty() && continuable && every_.count() > 0;
  if (!earlier_) drop();  // what was never whole, or is given up
  if (kept_) wait(every_);
}

bool RunJournal::due() {
  const auto now = Clock::now().time_since_epoch().count();
  auto next = next_.load();
  return now >= next &&
         next_.compare_exchange_strong(next, std::numeric_limits<Clock::duration::rep>::max());
}

void RunJournal::wait(std::chrono::duration<double> time) {
  next_ =
      (Clock::now() + std::chrono::duration_cast<Clock::duration>(time)).time_since_epoch().count();
}

void RunJournal::write(const std::function<bool(JournalEntry&)>& fill) {
  const auto began = Clock::now();
  const auto wait_again = [&] {
    const std::chrono::duration<double> took = Clock::now() - began;
    wait(std::max(every_, took / kShare));
  };
  try {
    JournalEntry entry;
    entry.facts = run_.facts;
    note_outputs(entry);
    if (fill(entry)) {
      journal_.write(entry);
      written_ = true;
    }
  } catch (...) {
    wait_again();  // a disk that is full now may not be so then
    throw;
  }
  wait_again();
}

void RunJournal::before_names() {
  if (!kept_ || written_ || earlier_ || run_.targets.size() < 2) return;
  JournalEntry entry;
  entry.facts = run_.facts;
  note_outputs(entry);
  journal_.write(entry);
}

void RunJournal::note_outputs(JournalEntry& entry) const {
  for (const OutputTarget& target : run_.targets) {
    const std::string name = target.path + (entry.complete ? "" : ".partial");
    entry.outputs[target.path] = inode_of(name).value_or(0);
  }
}

void RunJournal::complete(bool noted) {
  if (!kept_ || !noted) return drop();
  JournalEntry entry;
  entry.facts = run_.facts;
  entry.complete = true;
  note_outputs(entry);
  journal_.write(entry);
}

void RunJournal::drop() {
  if (why_not_.empty()) journal_.remove();
}

}  // namespace heddle::app
