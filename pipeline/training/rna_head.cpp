#include "pipeline/training/rna_head.h"

#include "attention/train/fresh_values.h"
#include "pipeline/rna_kinds.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace heddle::pipeline {
namespace {

using attention::Parameters;
using attention::ParameterShape;
using nlohmann::ordered_json;

constexpr char kProgram[] = "heddle.model";
constexpr std::int64_t kHidden = 64, kReach = 7;
constexpr float kNoneAtFirst = 4;   // nats that no RNA gene begins with: they are one base in 150
constexpr float kFirstSay = 0.05F;  // of the last weights: what they say at first is nothing

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw std::invalid_argument(where + ": " + what);
}

struct Place {
  std::int64_t inputs = 0;   // channels that the head reads
  std::int64_t outputs = 0;  // of the logits so far
};

/// The program with the head's steps.
void add_steps(ordered_json& forward, const std::string& from) {
  ordered_json& steps = forward["steps"];
  steps.back()["out"] = "frames";
  steps.push_back({{"op", "conv1d"},
                   {"in", from},
                   {"out", "rna_hidden"},
                   {"weights", "rna.0"},
                   {"activation", "gelu"}});
  steps.push_back({{"op", "conv1d"}, {"in", "rna_hidden"}, {"out", "rna"}, {"weights", "rna.2"}});
  steps.push_back({{"op", "concat"}, {"in", {"frames", "rna"}}, {"out", "logits"}});
}

Place add_head(ordered_json& program, const Parameters& model, const std::string& where) {
  if (program["fields"].contains("rna")) refuse(where, "has a head for RNA genes already");
  ordered_json& forward = program["functions"]["forward"];
  const ordered_json last = forward["steps"].back();
  const bool fits = last.contains("op") && (last["op"] == "conv1d" || last["op"] == "linear") &&
                    last["out"] == "logits" && last["in"].is_string() && last["in"] != "logits";
  if (!fits) {
    refuse(where,
           "a head for RNA genes is added where 'forward' ends in a conv1d or linear step that "
           "gives 'logits' from one register");
  }
  const auto& shape = model.info(model.index(std::string(last["weights"]) + ".weight")).shape;
  add_steps(forward, last["in"]);
  program["fields"]["rna"] = shape.at(0);
  program["fields"]["rna_kinds"] = rna_kind_names();
  return {.inputs = shape.at(1), .outputs = shape.at(0)};
}

void copy_values(const Parameters& from, const Parameters& to) {
  for (std::size_t i = 0; i < from.count(); ++i) {
    const auto* values = from.at(i).as<float>();
    std::copy_n(values, from.info(i).size, to.at(from.info(i).name).as<float>());
  }
}

}  // namespace

Parameters with_rna_head(const Parameters& model, std::uint64_t seed, const std::string& where) {
  static_cast<void>(attention::model_spec(model, where));  // throws where it is no model
  auto metadata = model.metadata();
  ordered_json program = ordered_json::parse(metadata.at(kProgram));
  const Place place = add_head(program, model, where);
  if (place.outputs < kFrameChannels) {
    refuse(where, "its logits have " + std::to_string(place.outputs) + " channels, not eight");
  }
  metadata[kProgram] = program.dump();
  const std::vector<ParameterShape> added = {{"rna.0.bias", {kHidden}},
                                             {"rna.0.weight", {kHidden, place.inputs, kReach}},
                                             {"rna.2.bias", {kRnaClasses}},
                                             {"rna.2.weight", {kRnaClasses, kHidden, 1}}};
  Parameters fresh(added, {});
  attention::train::set_fresh_values(fresh, seed);
  fresh.at("rna.2.bias").as<float>()[0] = kNoneAtFirst;
  const attention::TensorView last = fresh.at("rna.2.weight");
  for (std::int64_t i = 0; i < last.size(); ++i) last.as<float>()[i] *= kFirstSay;
  std::vector<ParameterShape> all = added;
  for (std::size_t i = 0; i < model.count(); ++i) {
    all.push_back({model.info(i).name, model.info(i).shape});
  }
  Parameters made(all, std::move(metadata));
  copy_values(model, made);
  copy_values(fresh, made);
  return made;
}

}  // namespace heddle::pipeline
