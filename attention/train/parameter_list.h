#pragma once
// Which parameters a model has, as places in one flat array of fp32: the optimiser, the moving
// average and the checkpoint are then a few loops over numbers. Threads: immutable once built.

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::attention::train {

struct ParameterSlot {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t begin = 0;  // in the flat array
  std::int64_t count = 0;
  bool decays = false;  // weights of products do; gains and biases (one axis) do not
};

class ParameterList {
 public:
  /// Appends one; decays when it has two axes or more. Throws std::invalid_argument on a name that
  /// is there already.
  void add(const std::string& name, std::vector<std::int64_t> shape);

  const std::vector<ParameterSlot>& slots() const { return slots_; }
  std::int64_t size() const { return size_; }  // elements in all
  /// Names and shapes as a check sum: a checkpoint of another model is refused by it.
  std::uint32_t fingerprint() const;

 private:
  std::vector<ParameterSlot> slots_;
  std::int64_t size_ = 0;
};

}  // namespace heddle::attention::train
