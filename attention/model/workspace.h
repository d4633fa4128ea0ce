#pragma once
// Memory for one function at one set of shapes: registers, scratch and plans, all made here, so
// that Model::run allocates nothing. Threads: one run at a time on one workspace; many workspaces
// of one model run at once. Ownership: keeps what it needs of the model alive.

#include "attention/model/layer.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace heddle::attention {

class Workspace {
 public:
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  ~Workspace();

  /// The caller writes inputs here before each run; a run leaves them as they are.
  /// Throws std::invalid_argument when there is no such name.
  const TensorView& input(std::string_view name) const;
  /// Contiguous f32, valid from one run to the next.
  const TensorView& output(std::string_view name) const;
  /// All memory it holds.
  std::size_t bytes() const;
  /// Floating-point operations of one run in products and in attention inside the segment, two a
  /// multiply-add; what a memory adds is not known beforehand and not counted.
  double flop() const;

  struct State;  // workspace_state.h
  explicit Workspace(std::unique_ptr<State> state);
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace heddle::attention
