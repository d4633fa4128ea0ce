#include "io/formats/bedpe.h"

#include "io/formats/feature_text.h"
#include "io/formats/pair_sink.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace heddle::io {
namespace {

class BedpeSink final : public PairSink {
 public:
  BedpeSink(const std::string& path, const SinkOptions& options) : PairSink(path, options, true) {}

 private:
  std::string line(const Pair& pair) const override {
    const double score = std::isfinite(pair.score) ? pair.score : 0;
    char identity[32];
    std::snprintf(identity, sizeof identity, "%.2f", 100 * pair.identity());
    std::string text = pair_place(pair.first) + "\t" + pair_place(pair.second) + "\t" +
                       (pair.name.empty() ? "." : one_line(pair.name)) + "\t" +
                       std::to_string(std::lround(std::clamp(score, 0.0, 1000.0))) + "\t+\t" +
                       pair.strand + "\t" + identity + "\t" + std::to_string(pair.columns) + "\t";
    if (pair.attributes.empty()) text += ".";
    for (const auto& attribute : pair.attributes) {
      if (&attribute != pair.attributes.data()) text += ";";
      text += attribute.first + "=" + gff3_escape(attribute.second, ";=&,");
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<Sink> open_bedpe(const std::string& path, const SinkOptions& options) {
  return std::make_unique<BedpeSink>(path, options);
}

}  // namespace heddle::io
