#pragma once
// What a likeness (appearance.h) is worth in a stream, as log-odds that two sights are of one
// object rather than of two. The stream teaches it: sights whose object motion leaves no doubt of
// give the likeness of an object to itself and to its neighbours. Where all look alike the two are
// the same and looks say nothing, however high the likeness; where looks differ they say much.
//
// Two normal distributions of one variance: log-odds = (l - middle) (own - others) / variance. A
// value.

#include "io/snapshot.h"

namespace heddle::pipeline {

class LookOdds {
 public:
  void learn_own(double likeness) { learn(own_, likeness); }
  void learn_other(double likeness) { learn(other_, likeness); }

  /// Bounded: no single sight says more than `kMost`.
  double of(double likeness) const;
  /// How far own and others lie apart, in standard deviations; 0 where looks tell nothing.
  double distinctness() const;
  void snapshot(io::Snapshot& s) { s(own_, other_); }

  static constexpr double kMost = 8;

 private:
  struct Kind {
    double mean = 0, variance = 0, count = 0;
    void snapshot(io::Snapshot& s) { s(mean, variance, count); }
  };
  static void learn(Kind& kind, double likeness);
  double variance() const;

  // Before anything was learned; as good as so many sights. From drawn replays of the tuning half.
  Kind own_{0.85, 0.01, 20}, other_{0.55, 0.01, 20};
};

}  // namespace heddle::pipeline
