#pragma once
// An input in parts, one after another: the connections to a camera, uploads, the files of a
// folder; a file is one part. Called from the thread that reads.

#include "app/serve/error_code.h"
#include "app/serve/streams/input_watch.h"
#include "app/serve/streams/patience.h"
#include "io/source.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace heddle::app::serve {

/// What went wrong and is worth telling, while the stream goes on.
struct Trouble {
  TroubleCode code;     // "connection_failed"
  std::string message;  // one sentence: what, where
};

/// What is told of an input while it is sought and read. Threads: called from the one that reads.
struct InputNews {
  std::function<void(const Trouble&)> trouble;
  /// Nothing is there, and it is waited for: an upload, a file.
  std::function<void()> waits = [] {};
  /// It is opened again after this pause.
  std::function<void(std::chrono::nanoseconds)> retries = [](std::chrono::nanoseconds) {};
  /// A file of a folder is passed over.
  std::function<void(const std::string& name, const std::string& why)> skipped =
      [](const std::string&, const std::string&) {};
  /// One that was read was changed, and what is new is not read.
  std::function<void(const std::string& name, const std::string& why)> changed =
      [](const std::string&, const std::string&) {};
  /// A file of a folder: `what` is "begin" before it is opened, "end" once it was read, "broke".
  std::function<void(const std::string& name, std::string_view what)> file =
      [](const std::string&, std::string_view) {};
  /// Trouble of the input that was told before, by an earlier process too, and is not over.
  std::function<void(const Trouble&)> stands = [](const Trouble&) {};
  /// What was told of the input's trouble holds no more: a camera delivers, an upload was taken, no
  /// file of the folder is broken or was changed.
  std::function<void()> mended = [] {};
  /// So many seconds too late was a frame of a file that is played at its pace.
  std::function<void(double)> behind = [](double) {};
  /// So many frames of a file an earlier process has shown.
  std::function<std::int64_t()> shown = [] { return std::int64_t{0}; };
  /// Where it is seen that opening or reading takes too long; null: nowhere.
  InputWatch* watch = nullptr;
};

class Parts {
 public:
  virtual ~Parts() = default;
  /// Waits for the next part and opens it. Null: there is none any more, or the stream was halted.
  /// Throws what ends the stream (io::InputError, CommandError).
  virtual std::unique_ptr<io::Source> next() = 0;
  /// The part gave its first sample.
  virtual void delivered() {}
  /// The part is over, cleanly or with an `error`. False: so is the input.
  virtual bool go_on(const std::string& error) = 0;
  /// Silence of this long is trouble; zero: waiting is all right.
  virtual std::chrono::nanoseconds patience() const { return {}; }
  /// So many sequences of the input have begun.
  virtual void begun(std::int64_t /*sequences*/) {}
  /// So many became results. Threads: any, as save().
  virtual void settled(std::int64_t /*sequences*/) {}
  /// For a later process, which puts it back before next(). Throws io::SnapshotError.
  virtual std::string save() { return ""; }
  virtual void load(const std::string& /*bytes*/) {}
  /// What stands for the part in messages; empty: the name it was opened by.
  virtual std::string name() const { return ""; }
};

/// Opens the input; the source waits until the descriptor is readable, at most.
using OpenSource = std::function<std::unique_ptr<io::Source>(int stop_descriptor)>;

/// One part.
std::unique_ptr<Parts> one_part(OpenSource open, Halt& halt);

}  // namespace heddle::app::serve
