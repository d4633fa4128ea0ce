#include "io/formats/tsv.h"

#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"
#include "io/formats/number_text.h"

#include <algorithm>
#include <vector>

namespace heddle::io {
namespace {

std::string parts_text(const Interval& feature) {
  std::string text;
  for (const Interval::Part& part : feature.parts) {
    if (!text.empty()) text += ',';
    text += std::to_string(part.start + 1) + '-' + std::to_string(part.end);
  }
  return text;
}

const char* partial_text(const Interval& feature) {
  if (feature.partial_start) return feature.partial_end ? "both" : "start";
  return feature.partial_end ? "stop" : "";
}

class TsvSink final : public FeatureSink {
 public:
  TsvSink(const std::string& path, const SinkOptions& options)
      : FeatureSink(path, options), columns_(options.attributes) {
    std::string line = "seqid\tstart\tstop\tstrand\ttype\tid\tscore\tparts\tpartial";
    for (const Attribute& column : columns_) line += "\t" + one_line(column.name);
    file().write(line + "\tother\n");
  }

 private:
  void begin(const std::string&, std::int64_t) override {}
  void end(const std::string&, std::int64_t) override {}
  void failed(const Failure& failure) override { comment_failure(failure); }
  void feature(const Interval& feature, const std::string& id) override;
  void finish(bool whole) override { comment_end(whole); }

  std::vector<Attribute> columns_;
};

void TsvSink::feature(const Interval& feature, const std::string& id) {
  std::string line =
      one_line(feature.sequence) + "\t" + std::to_string(feature.parts.front().start + 1) + "\t" +
      std::to_string(feature.parts.back().end) + "\t" + feature.strand + "\t" +
      one_line(feature.type) + "\t" + one_line(id) + "\t" + fixed_text(feature.score, 4) + "\t" +
      parts_text(feature) + "\t" + partial_text(feature);
  for (const Attribute& column : columns_) {
    const std::string* value = find_attribute(feature, column.name);
    line += "\t" + (value == nullptr ? "" : one_line(*value));
  }
  std::string other;
  for (const auto& [key, value] : feature.attributes) {
    if (std::ranges::find(columns_, key, &Attribute::name) != columns_.end()) continue;
    other += (other.empty() ? "" : ";") + one_line(key) + "=" + one_line(value);
  }
  file().write(line + "\t" + other + "\n");
}

}  // namespace

std::unique_ptr<Sink> open_tsv(const std::string& path, const SinkOptions& options) {
  return std::make_unique<TsvSink>(path, options);
}

}  // namespace heddle::io
