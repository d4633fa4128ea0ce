#include "attention/model/function.h"

#include "attention/weights/weights_error.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace heddle::attention {
namespace {

/// Follows registers through the steps: who holds which value now, and until when it is needed.
class Resolver {
 public:
  Resolver(Function& function, int steps) : function_(function), end_(steps) {}

  void add_input(const std::string& name) {
    if (registers_.contains(name)) throw std::invalid_argument("two inputs called '" + name + "'");
    registers_[name] = new_value(new_storage({.first = -1, .last = end_}));
    pinned_.insert(name);
  }

  int read(const std::string& name, int step) {
    const auto found = registers_.find(name);
    if (found == registers_.end()) {
      throw std::invalid_argument("register '" + name +
                                  "' is read before anything is written to it");
    }
    use(found->second, step);
    return found->second;
  }

  int write(const Step& source, const FunctionStep& step, int number) {
    const std::string& name = source.output;
    if (pinned_.contains(name)) {
      throw std::invalid_argument("register '" + name + "' is an input, which is read-only");
    }
    if (step.layer->accumulates()) {
      if (std::count(step.inputs.begin(), step.inputs.end(), read(name, number)) > 0) {
        throw std::invalid_argument("register '" + name + "' is read while it is added to");
      }
      return registers_[name];
    }
    const bool in_place = step.layer->in_place() && name == source.inputs[0];
    const int storage = in_place ? function_.storage_of_value[step.inputs[0]]
                                 : new_storage({.first = number, .last = number});
    return registers_[name] = new_value(storage);
  }

  int keep(const std::string& name) { return read(name, end_); }

 private:
  int new_storage(Lifetime lifetime) {
    function_.storages.push_back(lifetime);
    return static_cast<int>(function_.storages.size()) - 1;
  }
  int new_value(int storage) {
    function_.storage_of_value.push_back(storage);
    return static_cast<int>(function_.storage_of_value.size()) - 1;
  }
  void use(int value, int step) {
    Lifetime& lifetime = function_.storages[function_.storage_of_value[value]];
    lifetime.last = std::max(lifetime.last, step);
  }

  Function& function_;
  int end_;
  std::map<std::string, int> registers_;
  std::set<std::string> pinned_;
};

FunctionStep make_step(Step& source, int number, Resolver& registers, LayerContext& context) {
  FunctionStep step{.where = source.where, .layer = make_layer(source, context)};
  if (context.learns()) step.gradient = make_layer_gradient(source, context);
  step.turn = source.turn;
  for (const std::string& name : source.inputs) step.inputs.push_back(registers.read(name, number));
  step.output = registers.write(source, step, number);
  return step;
}

template <class Do>
void in_context(const std::string& where, Do&& work) {
  try {
    work();
  } catch (const std::invalid_argument& error) {
    throw WeightsError(where + ": " + error.what());
  } catch (const WeightsError& error) {
    throw WeightsError(where + ": " + error.what());
  }
}

}  // namespace

Function make_function(FunctionSpec spec, const std::string& where, LayerContext& context) {
  Function function{.backend = &context.backend};
  Resolver registers(function, static_cast<int>(spec.steps.size()));
  in_context(where, [&] {
    for (const InputSpec& input : spec.inputs) registers.add_input(input.name);
  });
  for (Step& source : spec.steps) {
    in_context(source.where, [&] {
      FunctionStep step =
          make_step(source, static_cast<int>(function.steps.size()), registers, context);
      if (const auto memory = step.layer->memory()) {
        step.memory = static_cast<int>(function.memories.size());
        function.memories.push_back(*memory);
      }
      function.steps.push_back(std::move(step));
    });
  }
  in_context(where, [&] {
    for (const std::string& name : spec.outputs) {
      function.output_values.push_back(registers.keep(name));
    }
  });
  function.inputs = std::move(spec.inputs);
  function.outputs = std::move(spec.outputs);
  return function;
}

}  // namespace heddle::attention
