#include "io/formats/feature_fasta.h"

#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"

namespace heddle::io {
namespace {

constexpr std::size_t kLine = 60;

class FeatureFastaSink final : public FeatureSink {
 public:
  FeatureFastaSink(const std::string& path,
                   const SinkOptions& options,
                   std::string Interval::*letters)
      : FeatureSink(path, options), letters_(letters) {}

  bool wants_sequences() const override { return true; }

 private:
  void begin(const std::string&, std::int64_t) override {}
  void end(const std::string&, std::int64_t) override {}
  void failed(const Failure&) override {}

  void feature(const Interval& feature, const std::string& id) override {
    const std::string& letters = feature.*letters_;
    if (letters.empty()) return;
    std::string record = ">" + one_line(id) + " " + location(feature) + " " +
                         gff3_attributes(feature, id, options().genetic_code) + "\n";
    for (std::size_t at = 0; at < letters.size(); at += kLine) {
      record += letters.substr(at, kLine) + "\n";
    }
    file().write(record);
  }

  std::string Interval::*letters_;
};

}  // namespace

std::unique_ptr<Sink> open_faa(const std::string& path, const SinkOptions& options) {
  return std::make_unique<FeatureFastaSink>(path, options, &Interval::protein);
}

std::unique_ptr<Sink> open_ffn(const std::string& path, const SinkOptions& options) {
  return std::make_unique<FeatureFastaSink>(path, options, &Interval::nucleotides);
}

}  // namespace heddle::io
