// THE LIST of operations. To add one: a file in layers/, its line in layers/layers.h, a row here.

#include "attention/model/layers/layers.h"
#include "attention/weights/weights_error.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace heddle::attention {
namespace {

struct Row {
  std::string_view op;
  std::size_t inputs;  // how many it takes; 0: two or more
  std::unique_ptr<Layer> (*make)(Step&, LayerContext&);
  std::size_t optional = 0;  // inputs more that it may take
};

constexpr std::array kRows = {
    Row{"conv1d", 1, make_conv1d},
    Row{"one_hot_conv1d", 1, make_one_hot_conv1d},
    Row{"conv2d", 1, make_conv2d},
    Row{"linear", 1, make_linear},
    Row{"patch", 1, make_patch},
    Row{"unpatch", 1, make_unpatch},
    Row{"rms_norm", 1, make_rms_norm},
    Row{"layer_norm", 1, make_layer_norm},
    Row{"l2_normalize", 1, make_l2_normalize},
    Row{"gelu", 1, make_gelu},
    Row{"relu", 1, make_relu},
    Row{"add", 2, make_add},
    Row{"scale_shift", 1, make_scale_shift},
    Row{"exp_clamp", 1, make_exp_clamp},
    Row{"log_softmax", 1, make_log_softmax},
    Row{"swiglu", 1, make_swiglu},
    Row{"one_hot", 1, make_one_hot},
    Row{"concat", 0, make_concat},
    Row{"channels", 1, make_channels},
    Row{"flatten", 1, make_flatten},
    Row{"rotary", 1, make_rotary},
    Row{"attention", 1, make_attention, 1},
    Row{"selected_attention", 1, make_selected_attention, 1},
    Row{"mechanism_attention", 1, make_mechanism_attention, 1},
    Row{"memory_attention", 1, make_memory_attention},
};

std::string names() {
  std::string text;
  for (const Row& row : kRows) text += (text.empty() ? "" : " ") + std::string(row.op);
  return text;
}

}  // namespace

const TensorView& LayerContext::tensor(const std::string& name) {
  used_.insert(name);
  if (weights_) return weights_->tensor(name);
  const auto found = parameters_->find(name);
  if (found == parameters_->end()) {
    throw WeightsError("the parameters have no tensor '" + name + "'");
  }
  return found->second;
}

std::vector<std::string_view> layer_names() {
  std::vector<std::string_view> all;
  all.reserve(kRows.size());
  for (const Row& row : kRows) all.push_back(row.op);
  return all;
}

std::unique_ptr<const Layer> make_layer(Step& step, LayerContext& context) {
  const auto* row = std::find_if(
      kRows.begin(), kRows.end(), [&](const Row& known) { return known.op == step.op; });
  if (row == kRows.end()) {
    throw std::invalid_argument("no operation is called '" + step.op + "'; known are " + names());
  }
  const std::size_t given = step.inputs.size();
  const std::size_t most = row->inputs + row->optional;
  const bool fits = row->inputs == 0 ? given >= 2 : row->inputs <= given && given <= most;
  if (!fits) {
    const std::string more = row->optional > 0 ? " to " + std::to_string(most) : "";
    throw std::invalid_argument("expected " +
                                (row->inputs ? std::to_string(row->inputs) + more : "2 or more") +
                                " inputs, got " + std::to_string(given));
  }
  std::unique_ptr<const Layer> layer = row->make(step, context);
  step.options.require_all_used();
  return layer;
}

}  // namespace heddle::attention
