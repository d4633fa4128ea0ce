#include "app/serve/streams/stream_checkpoints.h"

#include "app/exit_codes.h"
#include "app/run_facts.h"

#include <utility>

namespace heddle::app::serve {

namespace {

StreamMemo memo_of(const JournalEntry& entry) {
  StreamMemo memo;
  io::Snapshot snapshot(entry.job);
  snapshot(memo);
  snapshot.end();
  return memo;
}

}  // namespace

std::optional<StreamMemo> earlier_memo(const std::string& folder, const std::string& id) {
  if (folder.empty()) return std::nullopt;
  try {
    const auto entry = Journal(folder + "/" + id).read();
    if (entry) return memo_of(*entry);
  } catch (const CommandError&) {
  } catch (const io::SnapshotError&) {
  }
  return std::nullopt;
}

StreamCheckpoints::StreamCheckpoints(Place place, const Clock& clock)
    : place_(std::move(place)), clock_(clock), next_(clock.now() + place_.every) {
  if (!place_.folder.empty()) journal_.emplace(place_.folder + "/" + place_.id);
}

std::optional<SavedStream> StreamCheckpoints::earlier(
    const std::function<void(const std::string&)>& complain) {
  if (!journal_) return std::nullopt;
  try {
    auto entry = journal_->read();
    if (!entry) return std::nullopt;
    if (const std::string differs = difference(entry->facts, place_.facts); !differs.empty()) {
      complain("the checkpoint is of something else: " + differs + "; the stream begins anew");
      return std::nullopt;
    }
    SavedStream saved;
    saved.graph = std::move(entry->checkpoint);
    saved.memo = memo_of(*entry);
    return saved;
  } catch (const CommandError& error) {
    complain(std::string("the checkpoint cannot be read: ") + error.what());
  } catch (const io::SnapshotError& error) {
    complain(std::string("the checkpoint does not fit: ") + error.what());
  }
  return std::nullopt;
}

bool StreamCheckpoints::due() {
  const std::scoped_lock lock(mutex_);
  if (!journal_ || under_way_ || clock_.now() < next_) return false;
  under_way_ = true;
  return true;
}

void StreamCheckpoints::ask() {
  const std::scoped_lock lock(mutex_);
  next_ = clock_.now();
}

bool StreamCheckpoints::write(SavedStream saved,
                              const std::function<void(const std::string&)>& complain) {
  const std::scoped_lock one(writing_);
  bool good = true;
  try {
    JournalEntry entry;
    entry.facts = place_.facts;
    entry.checkpoint = std::move(saved.graph);
    io::Snapshot snapshot;
    snapshot(saved.memo);
    entry.job = snapshot.take();
    journal_->write(entry);
  } catch (const CommandError& error) {
    good = false;  // the stream is worth more, and the one before is still true
    {
      const std::scoped_lock lock(mutex_);
      ++failures_;
    }
    complain(error.what());
  }
  const std::scoped_lock lock(mutex_);
  under_way_ = false;
  next_ = clock_.now() + place_.every;
  if (good) written_ = clock_.now();
  return good;
}

void StreamCheckpoints::remove() {
  const std::scoped_lock one(writing_);
  if (journal_) journal_->remove();
  const std::scoped_lock lock(mutex_);
  written_.reset();
}

std::int64_t StreamCheckpoints::failures() const {
  const std::scoped_lock lock(mutex_);
  return failures_;
}

double StreamCheckpoints::age() const {
  const std::scoped_lock lock(mutex_);
  if (!written_) return -1;
  return std::chrono::duration<double>(clock_.now() - *written_).count();
}

}  // namespace heddle::app::serve
