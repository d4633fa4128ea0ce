#pragma once
// The parts of an input as one source that goes on: frames keep counting and time keeps running
// over a hole, which is marked (Frame::after_gap) and noted; a sequence that breaks off is ended
// where its bases end, so that the next part begins with one of its own.
// Threads: as io::Source; read_at() only from next()'s.

#include "app/serve/streams/gap_notes.h"
#include "app/serve/streams/meters.h"
#include "app/serve/streams/parts.h"

#include <map>
#include <string>
#include <vector>

namespace heddle::app::serve {

/// Where the numbering goes on after a restart.
struct IntakeBegin {
  std::int64_t frame = 0;  // number of the first one
  double seconds = 0;      // of the stream, of the last frame before
  double away = 0;         // seconds since then
  std::int64_t sequences = 0;
  bool gap = false;  // something is missing before
};

class Intake final : public io::Source {
 public:
  struct World {
    Clock& clock;
    Halt& halt;
    Patience& patience;
    GapNotes& gaps;
    Meters& meters;
    std::function<void(const io::SourceInfo&)> opened;  // a part
    std::function<void()> broke;                        // one, and another is sought
    std::function<void(const Trouble&)> trouble;
    InputWatch* watch = nullptr;  // of each read; null: nobody looks
  };
  Intake(std::unique_ptr<Parts> parts, World world);

  /// Before open().
  void begin_at(const IntakeBegin& begin);
  /// The number that the next frame gets.
  std::int64_t next_frame() const { return next_frame_; }
  /// Names of sequences that an earlier process told, and that come again as others.
  void know(const std::vector<std::string>& names);
  /// Waits for the first part. False: there is none. Throws as Parts::next().
  bool open();
  void settled(std::int64_t sequences) { parts_->settled(sequences); }
  /// What the parts remember, for a later process.
  std::string save_parts() { return parts_->save(); }
  void load_parts(const std::string& bytes) { parts_->load(bytes); }
  /// Nothing is read any more: whoever writes to the input is let go.
  void close() { source_.reset(); }
  /// What the parts hold open goes too; nothing is asked of them any more.
  void release() { parts_.reset(); }
  /// All of it was read.
  bool ended() const { return ended_; }
  /// Of the first part.
  const io::SourceInfo& info() const override { return info_; }
  std::optional<io::Sample> next() override;
  std::int64_t position() const override { return source_ ? source_->position() : 0; }

 private:
  bool open_part();
  std::optional<io::Sample> read();
  /// False: the input is at its end. Throws the part's error where that ends the input.
  bool end_part();
  io::Sample placed(io::Sample sample);
  void place(io::Frame& frame);
  void place(io::Sequence& piece);
  std::string own_name(const std::string& name);
  io::Sample rest_of_sequence();

  std::unique_ptr<Parts> parts_;
  World world_;
  io::SourceInfo info_;
  std::unique_ptr<io::Source> source_;
  std::exception_ptr error_;  // of the part
  bool interrupted_ = false;  // by the patience
  bool fresh_ = true;         // nothing of this part came yet
  bool ended_ = false;
  std::int64_t parts_read_ = 0;
  std::string reason_;  // of the gap before this part; empty: there is none

  std::int64_t next_frame_ = 0;
  std::int64_t number_offset_ = 0;  // from the part's numbers to the stream's
  double last_seconds_ = 0;
  double interval_ = 0;
  double away_ = 0;    // seconds that were missed before the first frame
  double offset_ = 0;  // from the part's seconds to the stream's
  std::optional<Clock::Time> last_read_;

  std::int64_t sequences_ = 0;  // begun
  bool in_sequence_ = false;
  std::string sequence_;  // its name in its part
  std::string stands_as_;
  std::int64_t sequence_end_ = 0;
  io::Sequence::Kind kind_ = io::Sequence::Kind::kContig;
  std::map<std::string, int, std::less<>> names_;  // of sequences, with how often they came
};

}  // namespace heddle::app::serve
