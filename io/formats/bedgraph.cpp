#include "io/formats/bedgraph.h"

#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"
#include "io/formats/spool.h"

#include <algorithm>
#include <map>
#include <vector>

namespace heddle::io {
namespace {

class BedgraphSink final : public FeatureSink {
 public:
  BedgraphSink(const std::string& path, const SinkOptions& options) : FeatureSink(path, options) {}

 private:
  struct Step {
    std::int64_t at;
    std::int64_t more;  // features that begin here less those that end
  };
  void begin(const std::string& sequence, std::int64_t) override { steps_[sequence]; }
  void feature(const Interval& feature, const std::string&) override {
    std::vector<Step>& steps = steps_[feature.sequence];
    for (const Interval::Part& part : feature.parts) {
      if (part.start >= part.end) continue;
      steps.push_back({part.start, 1});
      steps.push_back({part.end, -1});
    }
  }
  void end(const std::string& sequence, std::int64_t length) override {
    write_runs(sequence, length);
    steps_.erase(sequence);
  }
  void failed(const Failure& failure) override { comment_failure(failure); }
  void finish(bool whole) override { comment_end(whole); }
  bool kept(Snapshot& snapshot) override {
    std::size_t steps = 0;
    for (const auto& [sequence, waiting] : steps_) steps += waiting.size();
    if (steps * sizeof(Step) > std::size_t{Spool::kMostSnapshotBytes}) return false;
    snapshot(steps_);
    return true;
  }

  void write_runs(const std::string& sequence, std::int64_t length);

  std::map<std::string, std::vector<Step>> steps_;
};

void BedgraphSink::write_runs(const std::string& sequence, std::int64_t length) {
  std::vector<Step>& steps = steps_[sequence];
  std::int64_t past = 0;  // features that go on at the start of a circle
  const std::size_t count = steps.size();
  for (std::size_t i = 0; length > 0 && i < count; ++i) {
    if (steps[i].at <= length) continue;
    steps.push_back({steps[i].at - length, steps[i].more});
    past -= steps[i].more;
    steps[i].at = length;
  }
  std::ranges::sort(steps, {}, &Step::at);
  const std::string name = one_line(sequence);
  std::int64_t depth = past, from = 0;
  for (std::size_t i = 0; i < steps.size();) {
    const std::int64_t at = steps[i].at;
    std::int64_t after = depth;
    for (; i < steps.size() && steps[i].at == at; ++i) after += steps[i].more;
    if (after == depth) continue;  // one ends where another begins
    if (depth > 0) {
      file().write(name + "\t" + std::to_string(from) + "\t" + std::to_string(at) + "\t" +
                   std::to_string(depth) + "\n");
    }
    depth = after;
    from = at;
  }
}

}  // namespace

std::unique_ptr<Sink> open_bedgraph(const std::string& path, const SinkOptions& options) {
  return std::make_unique<BedgraphSink>(path, options);
}

}  // namespace heddle::io
