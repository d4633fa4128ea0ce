#pragma once
// The random numbers of Python's random.Random(seed), bit for bit: what was drawn with them is
// drawn again. The Mersenne Twister MT19937 seeded by an array (Matsumoto and Nishimura 1998,
// 2002); normals by Box and Muller 1958 and by Kinderman and Monahan 1977. Logarithms, sines,
// cosines and exponentials are the C library's, as Python's are. Threads: one object a thread.

#include <cstdint>
#include <optional>
#include <random>

namespace heddle::pipeline {

class MersenneDraws {
 public:
  explicit MersenneDraws(std::uint64_t seed);

  /// random(): 53 bits, [0, 1).
  double uniform();
  /// randrange(n), and the index of choice() among n: 0 to n - 1. `n` is 1 or more.
  std::uint64_t below(std::uint64_t n);
  /// gauss(): every other one is kept from the call before.
  double normal(double mean, double deviation);
  /// lognormvariate(): the exponential of normalvariate(), which keeps nothing.
  double log_normal(double mean, double deviation);

 private:
  std::uint64_t bits(int count);  // getrandbits()

  std::mt19937 engine_;
  std::optional<double> kept_;  // of mean 0 and deviation 1
};

}  // namespace heddle::pipeline
