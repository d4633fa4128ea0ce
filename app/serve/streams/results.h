#pragma once
// Where a stream's items become events, features and counters: its sink. Results are events in an
// order and with numbers of features that depend on the input alone.
// Threads: take() and rest() from the graph's sink, the rest from any.

#include "app/serve/events.h"
#include "app/serve/streams/feature_ids.h"
#include "app/serve/streams/feature_store.h"
#include "app/serve/streams/gap_notes.h"
#include "app/serve/streams/meters.h"
#include "app/serve/streams/newest_picture.h"
#include "io/snapshot.h"
#include "pipeline/item.h"

#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace heddle::app::serve {

struct Counts {
  std::int64_t samples = 0;  // frames or bases that became events
  std::int64_t records = 0, failed = 0, gaps = 0;
  std::string sequence;  // of a genome, in work
  std::int64_t position = 0, length = -1;
  std::int64_t sequences = 0;   // whole ones
  std::int64_t frame = -1;      // the last one's number
  double seconds = 0;           // and time
  std::int64_t identities = 0;  // the highest one given

  void snapshot(io::Snapshot& s) {
    s(samples, records, failed, gaps, sequence, position, length, sequences, frame, seconds);
    s(identities);
  }
};

class Results {
 public:
  struct World {
    EventLog& log;
    GapNotes& gaps;
    Meters& meters;
    const Clock& clock;
    bool wall = false;  // tracks tell when their frame came
    io::AttributeTypes attributes{{}};
  };
  Results(World world, std::size_t most_feature_bytes);

  void take(pipeline::Item& item);
  /// What had to wait for the end.
  void rest(std::span<const io::Record> records);
  /// Gaps behind which nothing came.
  void end();

  Counts counts() const;
  const FeatureStore& features() const { return store_; }
  NewestPicture& picture() { return picture_; }
  const NewestPicture& picture() const { return picture_; }

  /// After a restart, before anything is taken: the sequence in work is gone / comes again from its
  /// beginning, and what was told of it is not told again.
  void break_sequence();
  void redo_sequence();
  /// Of the sequences that are kept, but for the one that is read again.
  std::vector<std::string> told_names() const;
  /// Identities of frames that follow are so much higher: an earlier process gave those below.
  void set_first_identity(std::int64_t given) { given_before_ = counts_.identities = given; }
  /// Calls `with` while nothing is taken.
  template <class With>
  void hold(With&& with) {
    const std::scoped_lock lock(mutex_);
    with();
  }
  /// Within hold(), or where nothing is taken.
  void snapshot(io::Snapshot& s);
  const Counts& held_counts() const { return counts_; }

 private:
  void tell_gaps(std::int64_t key);
  void take_frame(pipeline::Item& item);
  void take_segment(pipeline::Item& item);
  void take_records(std::span<const io::Record> records);
  void tell_sequence(const std::string& name, std::int64_t length);
  bool due(double seconds);
  std::string wall_of(std::int64_t frame) const;

  World world_;
  FeatureStore store_;
  NewestPicture picture_;
  mutable std::mutex mutex_;
  Counts counts_;
  FeatureIds ids_;
  double next_tracks_ = 0;  // seconds
  std::int64_t given_before_ = 0;
  bool in_sequence_ = false;
  bool told_ = false;               // the sequence in work has its event
  std::int64_t told_length_ = -1;   // with it; -1: not known then
  std::int64_t features_here_ = 0;  // in the sequence in work
  std::int64_t told_before_ = 0;    // of them, by an earlier process
  bool redo_told_ = false;          // so was the sequence itself
};

}  // namespace heddle::app::serve
