#include "io/formats/pair_sink.h"

#include "io/formats/feature_text.h"

namespace heddle::io {

PairSink::PairSink(const std::string& path, const SinkOptions& options, bool comments)
    : file_(path, options.overwrite, options.to_continue), comments_(comments) {}

void PairSink::comment(const std::string& text) {
  if (comments_) file_.write("# " + text + "\n");
}

void PairSink::write(const Sample&, std::span<const Record> records) {
  for (const Record& record : records) {
    if (const auto* pair = std::get_if<Pair>(&record)) file_.write(line(*pair) + "\n");
    const auto* failure = std::get_if<Failure>(&record);
    if (failure == nullptr) continue;
    ++failures_;
    comment("failed: " + one_line(failure->what) + ": " + one_line(failure->reason));
  }
}

bool PairSink::snapshot(Snapshot& snapshot) {
  snapshot(file_, failures_);
  return true;
}

void PairSink::close() {
  if (failures_ > 0) comment(std::to_string(failures_) + " failed");
  file_.commit();
}

void PairSink::close_partial() {
  comment("not complete: the run ended before its input");
  file_.keep_partial();
}

std::string pair_place(const Pair::End& end) {
  return one_line(end.sequence) + "\t" + std::to_string(end.start) + "\t" + std::to_string(end.end);
}

}  // namespace heddle::io
