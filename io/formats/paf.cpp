#include "io/formats/paf.h"

#include "io/formats/feature_text.h"
#include "io/formats/pair_sink.h"

#include <cstdio>

namespace heddle::io {
namespace {

std::string place(const Pair::End& end) {
  return one_line(end.sequence) + "\t" + std::to_string(end.length) + "\t" +
         std::to_string(end.start) + "\t" + std::to_string(end.end);
}

class PafSink final : public PairSink {
 public:
  PafSink(const std::string& path, const SinkOptions& options) : PairSink(path, options, false) {}

 private:
  std::string line(const Pair& pair) const override {
    char identity[48];
    std::snprintf(
        identity, sizeof identity, "\tid:f:%.4f\tdv:f:%.4f", pair.identity(), 1 - pair.identity());
    return place(pair.first) + "\t" + pair.strand + "\t" + place(pair.second) + "\t" +
           std::to_string(pair.matches) + "\t" + std::to_string(pair.columns) + "\t255" +
           (pair.name.empty() ? "" : "\tnm:Z:" + one_line(pair.name)) + identity;
  }
};

}  // namespace

std::unique_ptr<Sink> open_paf(const std::string& path, const SinkOptions& options) {
  return std::make_unique<PafSink>(path, options);
}

}  // namespace heddle::io
