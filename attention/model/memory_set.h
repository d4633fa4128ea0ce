#pragma once
// The rolling memories of one stream: one for each memory-attention layer of a function, in the
// order of its steps. Threads: belongs to one stream; calls must not overlap. Steady state
// allocates nothing. Errors: std::runtime_error.

#include "attention/memory/rolling_memory.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace heddle::attention {

class MemorySet {
 public:
  /// `hash` names the model whose keys and values these are.
  MemorySet(const std::vector<MemorySpec>& specs, std::string hash);

  std::size_t size() const { return memories_.size(); }
  RollingMemory& at(std::size_t i) { return memories_[i]; }
  /// Positions written so far; 0 for a model without memory.
  std::int64_t length() const { return memories_.empty() ? 0 : memories_.front().length(); }
  std::size_t bytes() const;

  void reset();  // for the next sequence
  void save(std::ostream& to) const;
  /// Bit-identical afterwards. Throws when the bytes are damaged or another model's; the set is
  /// then empty.
  void restore(std::istream& from);

 private:
  void restore_all(std::istream& from);

  std::vector<RollingMemory> memories_;
  std::string hash_;
};

}  // namespace heddle::attention
