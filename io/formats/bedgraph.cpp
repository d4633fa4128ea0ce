#include "io/formats/bedgraph.h"

#include "io/formats/feature_text.h"
#include "io/formats/number_text.h"
#include "io/formats/value_sink.h"

namespace heddle::io {
namespace {

class BedgraphSink final : public ValueSink {
 public:
  BedgraphSink(const std::string& path, const SinkOptions& options) : ValueSink(path, options) {}

 private:
  void run(const std::string& sequence, const ValueRun& run) override {
    const int decimals = values() == Values::kDepth ? 0 : 2;
    file().write(one_line(sequence) + "\t" + std::to_string(run.from) + "\t" +
                 std::to_string(run.to) + "\t" + fixed_text(run.value, decimals) + "\n");
  }
  void failed(const Failure& failure) override { comment_failure(failure); }
  void finish(bool whole) override { comment_end(whole); }
};

}  // namespace

std::unique_ptr<Sink> open_bedgraph(const std::string& path, const SinkOptions& options) {
  return std::make_unique<BedgraphSink>(path, options);
}

}  // namespace heddle::io
