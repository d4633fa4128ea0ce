#pragma once
// What bedGraph and bigWig share: one value a base, as runs of bases of equal value, of the kind
// that ValueOutput::show() names.
//
//   depth   how many features cover the base, both strands together; nothing where none does. Bases
//           between the parts of a gene with a frameshift do not count; a feature over the origin
//           of a circle goes on at its start. A sequence's runs come at its end. Memory: 32 bytes a
//           feature of the sequences under way.
//   coding  how likely the base lies in a gene of either strand, 1 - (1 - p+)(1 - p-)
//   plus    of the + strand
//   minus   of the - strand: in hundredths; nothing only where no model said anything

#include "io/formats/feature_sink.h"
#include "io/value_output.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace heddle::io {

struct ValueRun {
  std::int64_t from = 0;
  std::int64_t to = 0;  // exclusive
  double value = 0;
};

class ValueSink : public FeatureSink, public ValueOutput {
 public:
  void show(Values values) final { values_ = values; }
  bool wants_coding() const final { return values_ != Values::kDepth; }
  void write_coding(const Sequence& piece, const Coding& coding) final;

 protected:
  ValueSink(const std::string& path, const SinkOptions& options) : FeatureSink(path, options) {}

  /// Ascending within a sequence, neither overlapping nor touching where values are equal.
  virtual void run(const std::string& sequence, const ValueRun& run) = 0;
  /// Behind its last run; length -1: neither its start nor its end told it.
  virtual void ended(const std::string& /*sequence*/, std::int64_t /*length*/) {}

  Values values() const { return values_; }
  bool kept(Snapshot& snapshot) override;

 private:
  struct Step {
    std::int64_t at;
    std::int64_t more;  // features that begin here less those that end
  };
  struct Level {
    std::int64_t from = 0, to = 0;
    int hundredths = 0;

    void snapshot(Snapshot& s) { s(from, to, hundredths); }
  };

  void begin(const std::string& sequence, std::int64_t length) final;
  void feature(const Interval& feature, const std::string& id) final;
  void end(const std::string& sequence, std::int64_t length) final;
  void put_depths(const std::string& sequence, std::int64_t length);
  void put_level(const std::string& sequence, const Level& level);

  Values values_ = Values::kDepth;
  std::map<std::string, std::vector<Step>> steps_;
  std::map<std::string, std::int64_t> lengths_;  // as told at the start of those under way
  std::map<std::string, Level> levels_;
};

}  // namespace heddle::io
