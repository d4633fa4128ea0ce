#include "io/formats/feature_sink.h"

#include "io/formats/feature_text.h"

#include <stdexcept>

namespace heddle::io {

FeatureSink::FeatureSink(const std::string& path, const SinkOptions& options)
    : options_(options), file_(path, options.overwrite, options.to_continue) {}

void FeatureSink::write(const Sample& sample, std::span<const Record> records) {
  if (const auto* piece = std::get_if<Sequence>(&sample)) see(*piece);
  for (const Record& record : records) {
    std::visit([this](const auto& one) { take(one); }, record);
  }
}

std::int64_t& FeatureSink::open(const std::string& sequence, std::int64_t length) {
  const auto [place, fresh] = open_.try_emplace(sequence, 0);
  if (fresh) begin(sequence, length);
  return place->second;
}

void FeatureSink::take(const SequenceStart& start) {
  open(start.sequence, start.length);
  if (start.circular) circular(start.sequence);
}

void FeatureSink::take(const Interval& interval) {
  if (interval.parts.empty()) {
    throw std::logic_error("a feature of '" + interval.sequence + "' has no parts");
  }
  std::int64_t& count = open(interval.sequence, -1);
  ++count;
  const std::string* id = find_attribute(interval, "ID");
  feature(interval, id != nullptr ? *id : interval.sequence + "_" + std::to_string(count));
}

void FeatureSink::take(const SequenceEnd& ended) {
  open(ended.sequence, ended.length);
  end(ended.sequence, ended.length);
  open_.erase(ended.sequence);
}

void FeatureSink::take(const Failure& failure) {
  ++failures_;
  failed(failure);
}

void FeatureSink::take(const Track& track) {
  throw std::logic_error("a sink for features of sequences was given track " +
                         std::to_string(track.id));
}

void FeatureSink::end_all() {
  for (const auto& [sequence, count] : open_) end(sequence, -1);
  open_.clear();
}

bool FeatureSink::snapshot(Snapshot& snapshot) {
  snapshot(file_, open_, failures_);
  return kept(snapshot);
}

void FeatureSink::close() {
  end_all();
  finish(true);
  file_.commit();
}

void FeatureSink::close_partial() {
  end_all();
  finish(false);
  file_.keep_partial();
}

void FeatureSink::comment_failure(const Failure& failure) {
  file_.write("# failed: " + one_line(failure.what) + ": " + one_line(failure.reason) + "\n");
}

void FeatureSink::comment_end(bool whole) {
  if (failures_ > 0) file_.write("# " + std::to_string(failures_) + " failed\n");
  if (!whole) file_.write("# not complete: the run ended before its input\n");
}

}  // namespace heddle::io
