#pragma once
// One thing measured and checked in the same run, and the lists of what can be measured.
// Threads: a case uses as many as the calling arena has; run one case at a time.

#include "attention/bench/energy.h"
#include "attention/bench/peak.h"
#include "attention/model/model.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention::bench {

struct Measurement {
  Time best;               // the shortest of several runs, clock and processor time apart
  double flop = 0;         // needed floating-point operations of one run
  double bytes = 0;        // operands read and results written, each once; 0: not known
  double items = 0;        // units of one run
  std::string_view unit;   // "tokens", "bases"
  double error = 0;        // largest difference from the judge, of this call or a shorter one
  double tolerance = 0;    // what it may be
  bool on_device = false;  // not on the processor, whose peak it cannot be measured by

  bool right() const { return error <= tolerance; }  // false for NaN too
};

struct Case {
  std::string name;
  std::function<Measurement()> measure;
};

/// fp32 attention of the cpu back end: dense and windows, as models leave their operands and
/// packed, and the tracking model's read-out. Checked on some rows of every head.
std::vector<Case> attention_cases();

/// fp32 attention of the cpu back end over patterns of 4k to 64k tokens. Checked on some rows.
std::vector<Case> pattern_cases();

/// BigBird, Longformer and Reformer layers as models run them: projections of 768 channels,
/// attention of 12 heads of 64, the projection behind it. The attention is checked, Reformer's on
/// 512 tokens.
std::vector<Case> layer_cases();

/// Plans of 1 and 10 million tokens, checked against the patterns' definitions on drawn pairs.
std::vector<Case> plan_cases();

/// fp32 gradients of attention on the cpu back end, over patterns of 16k tokens. Checked on some
/// queries and some keys of every head.
std::vector<Case> gradient_cases();

/// Selectors of blocks over long segments of 8 heads, with the plans of what they choose
/// ("choice"), and the attention over such a plan ("chosen attention"). Checked against a shorter
/// segment's choice and, attention, against the reference.
std::vector<Case> dynamic_cases();

/// A whole model on `threads` segments at once, as the pipeline runs models without memory: of kind
/// "genes" a segment forward, of kind "tracking" a 256 x 256 crop encoded. `judge` is the same
/// model on the reference back end; the check runs both on a smaller input. On a device `threads`
/// queues run beside one another. Throws
/// std::invalid_argument for another kind.
Measurement measure_model(const Model& model, const Model& judge, int threads);

/// A step of learning of the model in this file, without the optimiser: forward and backward of
/// `threads` segments (or crops) at once on the cpu back end. The check compares all gradients with
/// the reference back end's on a smaller input. Throws as measure_model.
Measurement measure_model_gradient(const std::string& path, int threads);

/// The larger error; one that is not a number is the largest of all.
inline double worse(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::max(a, b);
}

/// The best of several runs of `body`, about three seconds of them.
template <class Body>
Time time_of(const Body& body) {
  Time best = {.wall = std::numeric_limits<double>::infinity(),
               .processor = std::numeric_limits<double>::infinity()};
  double spent = 0;
  int run = 0;
  const double before = machine_energy().joules();
  for (; run < 20 && (run < 3 || spent < 3); ++run) {
    const Stopwatch watch;
    body();
    const Time took = watch.elapsed();
    best.wall = std::min(best.wall, took.wall);
    best.processor = std::min(best.processor, took.processor);
    spent += took.wall;
  }
  best.joules = (machine_energy().joules() - before) / run;
  return best;
}

}  // namespace heddle::attention::bench
