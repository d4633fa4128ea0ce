#pragma once
// The one way to standard error and to the file of --log. A message is one line, whatever the names
// in it hold: text, or with --progress json an object. In the log each has its time, and what
// --quiet or a missing --verbose keeps from standard error is there too. Thread-safe.

#include <string>
#include <string_view>

namespace heddle::app {

/// From now on messages are added to this file. Throws CommandError (output).
void open_log(const std::string& path);
/// {"event":"log","text":..} instead of text: for programs that read standard error.
void speak_json(bool json);
/// Each line of text on standard error begins with its time (RFC 3339), as in the log: for what
/// runs for days. Not where standard error is the journal's, which has times of its own
/// ($JOURNAL_STREAM, systemd.exec(5)).
void tell_times();

/// Only into the log where it is not `shown`. `kind`: "log", "warning" or "error".
void put_message(std::string_view kind, const std::string& text, bool shown = true);
/// Into standard error alone, as it is: progress. It is wiped by the next message where it stands
/// on a line without an end.
void put_progress(const std::string& text);

}  // namespace heddle::app
