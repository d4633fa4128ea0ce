#include "io/formats/tsv.h"

#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace heddle::io {
namespace {

std::string score_text(double score) {
  if (!std::isfinite(score)) return {};
  std::array<char, 400> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), score, std::chars_format::fixed, 4);
  return {text.data(), end.ptr};
}

class TsvSink final : public FeatureSink {
 public:
  TsvSink(const std::string& path, const SinkOptions& options) : FeatureSink(path, options) {}

 private:
  void begin(const std::string&, std::int64_t) override {}
  void end(const std::string&, std::int64_t) override {}
  void failed(const Failure& failure) override { comment_failure(failure); }
  void feature(const Interval& feature, const std::string& id) override;
  void finish(bool whole) override;
  void write_names();

  bool named_ = false;                // the first line is written
  std::vector<std::string> columns_;  // attributes that have one
};

void TsvSink::write_names() {
  named_ = true;
  std::string line = "sequence\tstart\tstop\tstrand\ttype\tid\tscore";
  for (const std::string& column : columns_) line += "\t" + one_line(column);
  file().write(line + "\tother\n");
}

void TsvSink::feature(const Interval& feature, const std::string& id) {
  if (!named_) {
    for (const auto& [key, value] : feature.attributes) columns_.push_back(key);
    write_names();
  }
  std::string line =
      one_line(feature.sequence) + "\t" + std::to_string(feature.parts.front().start + 1) + "\t" +
      std::to_string(feature.parts.back().end) + "\t" + feature.strand + "\t" +
      one_line(feature.type) + "\t" + one_line(id) + "\t" + score_text(feature.score);
  for (const std::string& column : columns_) {
    const std::string* value = find_attribute(feature, column);
    line += "\t" + (value == nullptr ? "" : one_line(*value));
  }
  std::string other;
  for (const auto& [key, value] : feature.attributes) {
    if (std::find(columns_.begin(), columns_.end(), key) != columns_.end()) continue;
    other += (other.empty() ? "" : ";") + one_line(key) + "=" + one_line(value);
  }
  file().write(line + "\t" + other + "\n");
}

void TsvSink::finish(bool whole) {
  if (!named_) write_names();
  comment_end(whole);
}

}  // namespace

std::unique_ptr<Sink> open_tsv(const std::string& path, const SinkOptions& options) {
  return std::make_unique<TsvSink>(path, options);
}

}  // namespace heddle::io
