#include "attention/model/program.h"

#include "attention/tensor/tensor.h"
#include "attention/weights/strict_json.h"
#include "attention/weights/weights_error.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace heddle::attention {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFunctions = 16;
constexpr std::size_t kMaxSteps = 4096;
constexpr std::size_t kMaxInputs = 8;
constexpr std::int64_t kMaxTurns = 256;
constexpr std::size_t kMaxNesting = 2;
constexpr std::size_t kMaxText = 256;  // a repeat copies text once a turn

/// A repeat that is being unrolled.
struct Turn {
  std::string index;
  std::int64_t value = 0;   // of the index
  std::size_t ordinal = 0;  // 0, 1, ... count - 1
  std::size_t count = 0;
};

/// Reads JSON and says where it is when something is not as expected.
class Reader {
 public:
  explicit Reader(std::string where) : where_(std::move(where)) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw WeightsError(where_ + ": " + what);
  }
  Reader within(const std::string& place) const { return Reader(where_ + ", " + place); }

  const json& at(const json& object, const char* key) const {
    if (!object.is_object()) refuse(std::string("expected an object with '") + key + "'");
    const auto found = object.find(key);
    if (found == object.end()) refuse(std::string("'") + key + "' is missing");
    return *found;
  }
  std::string text(const json& value, const char* key) const {
    if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
        value.get_ref<const std::string&>().size() > kMaxText) {
      refuse(std::string("expected '") + key + "' as text of 1 to " + std::to_string(kMaxText) +
             " bytes");
    }
    return value.get<std::string>();
  }
  std::int64_t whole(const json& value,
                     const char* key,
                     std::int64_t low,
                     std::int64_t high) const {
    const bool fits = value.is_number_integer() &&
                      !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
    if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
      refuse(std::string("expected '") + key + "' as a whole number from " + std::to_string(low) +
             " to " + std::to_string(high));
    }
    return value.get<std::int64_t>();
  }
  const json& array(const json& value, const char* key, std::size_t most) const {
    if (!value.is_array() || value.empty() || value.size() > most) {
      refuse(std::string("expected '") + key + "' as a list of 1 to " + std::to_string(most));
    }
    return value;
  }
  const std::string& where() const { return where_; }

 private:
  std::string where_;
};

std::string substitute(std::string text, const std::vector<Turn>& turns) {
  for (const Turn& turn : turns) {
    const std::string mark = "{" + turn.index + "}";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      text.replace(at, mark.size(), std::to_string(turn.value));
    }
  }
  return text;
}

class StepReader {
 public:
  StepReader(std::string function, const Reader& file, std::vector<Step>& steps)
      : function_(std::move(function)), file_(file), steps_(steps) {}

  void read_all(const json& list) {
    const Reader at = here("");
    for (const json& entry : at.array(list, "steps", kMaxSteps)) {
      if (entry.is_object() && entry.contains("repeat")) {
        read_repeat(entry);
      } else {
        read_step(entry);
      }
    }
  }

 private:
  Reader here(const std::string& op) const {
    return file_.within("function '" + function_ + "', step " + std::to_string(steps_.size() + 1) +
                        (op.empty() ? "" : " (" + op + ")"));
  }

  void read_repeat(const json& entry) {
    const Reader at = here("repeat");
    if (turns_.size() == kMaxNesting) at.refuse("repeats nest deeper than 2");
    const std::int64_t count = at.whole(at.at(entry, "repeat"), "repeat", 1, kMaxTurns);
    const std::int64_t from =
        entry.contains("from") ? at.whole(entry["from"], "from", 0, kMaxExtent) : 0;
    turns_.push_back({.index = at.text(at.at(entry, "index"), "index"),
                      .count = static_cast<std::size_t>(count)});
    for (std::int64_t i = 0; i < count; ++i) {
      turns_.back().value = from + i;
      turns_.back().ordinal = static_cast<std::size_t>(i);
      if (turns_.size() == 1) ++outer_turns_;
      read_all(at.at(entry, "steps"));
    }
    turns_.pop_back();
  }

  void read_step(const json& entry) {
    if (steps_.size() == kMaxSteps) here("").refuse("more than 4096 steps");
    Step step;
    step.op = here("").text(here("").at(entry, "op"), "op").substr(0, 64);
    const Reader at = here(step.op);
    step.where = at.where();
    step.output = substitute(at.text(at.at(entry, "out"), "out"), turns_);
    const json& in = at.at(entry, "in");
    if (in.is_string()) {
      step.inputs.push_back(substitute(at.text(in, "in"), turns_));
    } else {
      for (const json& name : at.array(in, "in", kMaxInputs)) {
        step.inputs.push_back(substitute(at.text(name, "in"), turns_));
      }
    }
    for (const auto& [key, value] : entry.items()) {
      if (key != "op" && key != "in" && key != "out") {
        step.options.set(key, option(at, key, value));
      }
    }
    if (!turns_.empty()) step.turn = outer_turns_ - 1;
    steps_.push_back(std::move(step));
  }

  Options::Value option(const Reader& at, const std::string& key, const json& value) const {
    if (value.is_array()) return option(at, key, of_this_turn(at, key, value));
    if (value.is_string()) return substitute(at.text(value, key.c_str()), turns_);
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_float()) return value.get<double>();
    return at.whole(value, key.c_str(), INT64_MIN, INT64_MAX);
  }

  const json& of_this_turn(const Reader& at, const std::string& key, const json& list) const {
    if (turns_.empty()) at.refuse("option '" + key + "' is a list outside of a repeat");
    if (list.size() != turns_.back().count) {
      at.refuse("option '" + key + "' lists " + std::to_string(list.size()) + " values for " +
                std::to_string(turns_.back().count) + " turns");
    }
    const json& value = list[turns_.back().ordinal];
    if (value.is_array()) at.refuse("option '" + key + "' is a list of lists");
    return value;
  }

  std::string function_;
  const Reader& file_;
  std::vector<Step>& steps_;
  std::vector<Turn> turns_;
  int outer_turns_ = 0;
};

DType read_dtype(const Reader& at, const json& value) {
  const std::string text = at.text(value, "dtype");
  for (const DType dtype : {DType::kF32, DType::kU8}) {
    if (text == name_of(dtype)) return dtype;
  }
  at.refuse("unknown input dtype '" + text.substr(0, 16) + "', known are f32 and u8");
}

InputSpec read_input(const Reader& at, const json& entry) {
  InputSpec input;
  input.name = at.text(at.at(entry, "name"), "name");
  const json& dtype = at.at(entry, "dtype");
  if (dtype.is_array()) {
    for (const json& one : at.array(dtype, "dtype", 2)) input.dtypes.push_back(read_dtype(at, one));
  } else {
    input.dtypes.push_back(read_dtype(at, dtype));
  }
  for (const json& extent : at.array(at.at(entry, "shape"), "shape", kMaxRank)) {
    if (extent.is_string()) {
      input.shape.emplace_back(at.text(extent, "shape"));
    } else {
      input.shape.emplace_back(at.whole(extent, "shape", 1, kMaxExtent));
    }
  }
  return input;
}

FunctionSpec read_function(const Reader& file, const std::string& name, const json& entry) {
  const Reader at = file.within("function '" + name + "'");
  FunctionSpec function;
  for (const json& input : at.array(at.at(entry, "inputs"), "inputs", kMaxInputs)) {
    function.inputs.push_back(read_input(at, input));
  }
  for (const json& output : at.array(at.at(entry, "outputs"), "outputs", kMaxInputs)) {
    function.outputs.push_back(at.text(output, "outputs"));
  }
  StepReader(name, file, function.steps).read_all(at.at(entry, "steps"));
  return function;
}

std::string field_text(const Reader& at, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_structured() || value.is_null()) at.refuse("'fields' holds only text and numbers");
  return value.dump();
}

}  // namespace

ModelSpec parse_model(const std::string& text, const std::string& file) {
  const Reader at(file + ": heddle.model");
  const json root = parse_strict_json(text, at.where());
  at.whole(at.at(root, "version"), "version", 1, 1);
  ModelSpec model;
  model.name = at.text(at.at(root, "name"), "name");
  model.kind = at.text(at.at(root, "kind"), "kind");
  if (root.contains("fields")) {
    for (const auto& [key, value] : root["fields"].items()) {
      model.fields.emplace(key, field_text(at, value));
    }
  }
  if (root.contains("constants")) {
    for (const json& name : at.array(root["constants"], "constants", kMaxFunctions)) {
      model.constants.push_back(at.text(name, "constants"));
    }
  }
  const json& functions = at.at(root, "functions");
  if (!functions.is_object() || functions.empty() || functions.size() > kMaxFunctions) {
    at.refuse("expected 'functions' as an object of 1 to 16 functions");
  }
  for (const auto& [name, entry] : functions.items()) {
    model.functions.emplace(name, read_function(at, name, entry));
  }
  return model;
}

}  // namespace heddle::attention
