#include "attention/model/training_schedule.h"

#include <algorithm>

namespace heddle::attention {
namespace {

/// What one step writes into one register.
struct Version {
  int value = 0;
  bool learns = false;   // depends on something whose gradient is wanted
  bool reached = false;  // and an output depends on it
  int slot = -1;         // of its latest making
  int gradient = -1;     // slot
};

/// A step's registers as versions.
struct StepVersions {
  std::vector<int> inputs;
  int base = -1;   // what the output is added to
  int reuse = -1;  // whose place the output may take, when nobody needs it any more
  int output = 0;
};

bool learns_itself(const FunctionStep& step) { return !step.gradient->parameters().empty(); }

class Scheduler {
 public:
  Scheduler(const Function& function, const TrainingScheduleOptions& options)
      : function_(function), options_(options) {
    number_versions();
    mark_learning();
    mark_reached();
  }

  TrainingSchedule make() {
    for (std::size_t i = 0; i < function_.inputs.size(); ++i) {
      versions_[i].slot = new_slot({.value = static_cast<int>(i)});
      made_.input_slots.push_back(versions_[i].slot);
    }
    kept_.assign(steps_.size(), -1);
    for (int step = 0; step < count(); ++step) forward(step);
    made_.forwards = made_.actions.size();
    for (const int output : outputs_) made_.output_slots.push_back(versions_[at(output)].slot);
    for (const int output : outputs_) made_.output_gradients.push_back(gradient_target(output));
    int end = count();
    while (end > 0) end = segment(end);
    for (std::size_t i = 0; i < function_.inputs.size(); ++i) {
      made_.input_gradients.push_back(versions_[i].gradient);
    }
    give_storages();
    return std::move(made_);
  }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  int count() const { return static_cast<int>(steps_.size()); }

  void number_versions() {
    std::vector<int> current(function_.storage_of_value.size(), -1);
    for (std::size_t i = 0; i < function_.inputs.size(); ++i) {
      current[i] = static_cast<int>(i);
      versions_.push_back({.value = static_cast<int>(i)});
    }
    for (const FunctionStep& step : function_.steps) {
      StepVersions mine;
      for (const int value : step.inputs) mine.inputs.push_back(current[at(value)]);
      const auto storage = [&](int value) { return function_.storage_of_value[at(value)]; };
      if (step.layer->accumulates()) {
        mine.base = mine.reuse = current[at(step.output)];
      } else if (storage(step.output) == storage(step.inputs[0])) {
        mine.reuse = mine.inputs[0];
      }
      mine.output = current[at(step.output)] = static_cast<int>(versions_.size());
      versions_.push_back({.value = step.output});
      steps_.push_back(std::move(mine));
    }
    for (const int value : function_.output_values) outputs_.push_back(current[at(value)]);
  }

  void mark_learning() {
    for (std::size_t i = 0; i < function_.inputs.size(); ++i) {
      versions_[i].learns = options_.wanted_inputs[i];
    }
    for (int step = 0; step < count(); ++step) {
      bool learns = learns_itself(function_.steps[at(step)]);
      for (const int input : steps_[at(step)].inputs) learns |= versions_[at(input)].learns;
      if (steps_[at(step)].base >= 0) learns |= versions_[at(steps_[at(step)].base)].learns;
      versions_[at(steps_[at(step)].output)].learns = learns;
    }
  }

  void mark_reached() {
    for (const int output : outputs_) reach(output);
    for (int step = count() - 1; step >= 0; --step) {
      if (!versions_[at(steps_[at(step)].output)].reached) continue;
      for (const int input : steps_[at(step)].inputs) reach(input);
      if (steps_[at(step)].base >= 0) reach(steps_[at(step)].base);
    }
  }
  void reach(int version) { versions_[at(version)].reached = versions_[at(version)].learns; }

  bool goes_back(int step) const { return versions_[at(steps_[at(step)].output)].reached; }

  int new_slot(TrainingSlot slot) {
    made_.slots.push_back(slot);
    return static_cast<int>(made_.slots.size()) - 1;
  }

  void forward(int step) {
    const StepVersions& mine = steps_[at(step)];
    TrainingAction action{.step = step};
    for (const int input : mine.inputs) action.inputs.push_back(versions_[at(input)].slot);
    if (mine.base >= 0) action.base = versions_[at(mine.base)].slot;
    reuse_.push_back(mine.reuse >= 0 ? versions_[at(mine.reuse)].slot : -1);
    Version& output = versions_[at(mine.output)];
    output.slot = action.output = new_slot({.value = output.value});
    if (options_.keeps[at(step)]) kept_[at(step)] = action.kept = new_slot({.kept_step = step});
    made_.actions.push_back(std::move(action));
  }

  /// Where a gradient of this version goes next.
  SlotTarget gradient_target(int version) {
    Version& to = versions_[at(version)];
    if (!to.reached) return {};
    const bool add = to.gradient >= 0;
    if (!add) to.gradient = new_slot({.value = to.value});
    return {.slot = to.gradient, .add = add};
  }

  void backward(int step) {
    if (!goes_back(step)) return;
    const StepVersions& mine = steps_[at(step)];
    const LayerGradient& layer = *function_.steps[at(step)].gradient;
    const Version& output = versions_[at(mine.output)];
    TrainingAction action{.backward = true,
                          .step = step,
                          .output = layer.reads_output() ? output.slot : -1,
                          .kept = kept_[at(step)],
                          .out_gradient = output.gradient};
    for (std::size_t i = 0; i < mine.inputs.size(); ++i) {
      action.inputs.push_back(layer.reads_input(i) ? versions_[at(mine.inputs[i])].slot : -1);
      action.input_gradients.push_back(gradient_target(mine.inputs[i]));
    }
    if (layer.overwrites() && action.input_gradients[0].add) {
      action.room = new_slot({.value = versions_[at(mine.inputs[0])].value});
    }
    // Nobody reads a version after it was added to, so its gradient begins as that of the sum.
    if (mine.base >= 0 && versions_[at(mine.base)].reached) {
      versions_[at(mine.base)].gradient = output.gradient;
    }
    reuse_.push_back(-1);
    made_.actions.push_back(std::move(action));
  }

  /// Backward of the last steps before `end` that belong together; where they begin.
  int segment(int end) {
    const int turn = function_.steps[at(end - 1)].turn;
    int begin = end - 1;
    if (options_.checkpoint && turn >= 0) {
      while (begin > 0 && function_.steps[at(begin - 1)].turn == turn) --begin;
      for (const int step : needed_again(begin, end)) forward(step);
    }
    for (int step = end - 1; step >= begin; --step) backward(step);
    return begin;
  }

  /// The steps whose values the segment's backward reads, in order.
  std::vector<int> needed_again(int begin, int end) const {
    std::vector<bool> needed(versions_.size(), false);
    std::vector<int> again;
    for (int step = end - 1; step >= begin; --step) {
      const StepVersions& mine = steps_[at(step)];
      const LayerGradient& layer = *function_.steps[at(step)].gradient;
      const bool back = goes_back(step);
      const bool wanted =
          needed[at(mine.output)] || (back && (layer.reads_output() || options_.keeps[at(step)]));
      const bool run = wanted && function_.steps[at(step)].memory < 0;
      for (std::size_t i = 0; i < mine.inputs.size(); ++i) {
        if (run || (back && layer.reads_input(i))) needed[at(mine.inputs[i])] = true;
      }
      if (run && mine.base >= 0) needed[at(mine.base)] = true;
      if (run) again.push_back(step);
    }
    std::reverse(again.begin(), again.end());
    return again;
  }

  template <class Body>
  static void for_each_slot(const TrainingAction& action, const Body& body) {
    for (const int slot : action.inputs) body(slot);
    for (const int slot :
         {action.base, action.output, action.kept, action.out_gradient, action.room}) {
      body(slot);
    }
    for (const SlotTarget& target : action.input_gradients) body(target.slot);
  }

  /// From when to when each slot is used; then who may share.
  void give_storages() {
    const int end = static_cast<int>(made_.actions.size());
    std::vector<Lifetime> uses(made_.slots.size(), {.first = end, .last = -1});
    const auto use = [&](int slot, int time) {
      if (slot < 0) return;
      uses[at(slot)].first = std::min(uses[at(slot)].first, time);
      uses[at(slot)].last = std::max(uses[at(slot)].last, time);
    };
    for (int time = 0; time < end; ++time) {
      for_each_slot(made_.actions[at(time)], [&](int slot) { use(slot, time); });
    }
    for (const int slot : made_.input_slots) {
      use(slot, 0);
      use(slot, end);
    }
    for (const int slot : made_.output_slots) use(slot, end);
    for (const int slot : made_.input_gradients) use(slot, end);
    for (const SlotTarget& target : made_.output_gradients) {
      use(target.slot, static_cast<int>(made_.forwards));
    }
    for (int time = 0; time < end; ++time) {
      const int reuse = reuse_[at(time)];
      const int output = made_.actions[at(time)].output;
      if (reuse < 0 || uses[at(reuse)].last != time) continue;
      share(reuse, output, uses);
    }
    for (std::size_t slot = 0; slot < uses.size(); ++slot) {
      if (made_.slots[slot].storage < 0) own(static_cast<int>(slot), uses);
    }
  }

  int own(int slot, const std::vector<Lifetime>& uses) {
    made_.storages.push_back(uses[at(slot)]);
    return made_.slots[at(slot)].storage = static_cast<int>(made_.storages.size()) - 1;
  }
  void share(int older, int newer, const std::vector<Lifetime>& uses) {
    int storage = made_.slots[at(older)].storage;
    if (storage < 0) storage = own(older, uses);
    made_.slots[at(newer)].storage = storage;
    made_.storages[at(storage)].last = uses[at(newer)].last;
  }

  const Function& function_;
  const TrainingScheduleOptions& options_;
  std::vector<Version> versions_;
  std::vector<StepVersions> steps_;
  std::vector<int> outputs_;  // versions
  std::vector<int> kept_;     // slot of each step's latest run
  std::vector<int> reuse_;    // slot that each action's output may take the place of
  TrainingSchedule made_;
};

}  // namespace

TrainingSchedule schedule_training(const Function& function,
                                   const TrainingScheduleOptions& options) {
  return Scheduler(function, options).make();
}

}  // namespace heddle::attention
