#include "attention/model/parameters.h"

#include "attention/weights/safetensors_writer.h"
#include "attention/weights/weights_error.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kAlignment = 16;  // elements: a cache line of floats

using Layout = ParameterBlock::Layout;

/// Offsets for names and shapes, sorted by name.
std::shared_ptr<const Layout> lay_out(Layout layout) {
  std::sort(layout.begin(), layout.end(), [](const ParameterInfo& a, const ParameterInfo& b) {
    return a.name < b.name;
  });
  std::int64_t at = 0;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    ParameterInfo& info = layout[i];
    if (i > 0 && layout[i - 1].name == info.name) {
      throw std::invalid_argument("two parameters called '" + info.name + "'");
    }
    const TensorView shape = view_of(nullptr, DType::kF32, info.shape);
    if (shape.size() < 1) {
      throw std::invalid_argument("parameter '" + info.name + "' " + describe(shape) +
                                  " has no elements");
    }
    info.offset = at;
    info.size = shape.size();
    at = (at + info.size + kAlignment - 1) / kAlignment * kAlignment;
  }
  return std::make_shared<const Layout>(std::move(layout));
}

std::shared_ptr<const Layout> layout_of(const Weights& weights) {
  Layout layout;
  for (const auto& [name, tensor] : weights.tensors()) {
    if (tensor.dtype == DType::kI64 || tensor.dtype == DType::kI32 || tensor.dtype == DType::kU8) {
      throw WeightsError(weights.path() + ": tensor '" + name + "' is " + describe(tensor) +
                         "; only floats are trained");
    }
    layout.push_back(
        {.name = name, .shape = {tensor.shape.begin(), tensor.shape.begin() + tensor.rank}});
  }
  return lay_out(std::move(layout));
}

std::shared_ptr<const Layout> layout_of(std::span<const ParameterShape> shapes) {
  Layout layout;
  for (const ParameterShape& shape : shapes) {
    if (shape.shape.size() > static_cast<std::size_t>(kMaxRank)) {
      throw std::invalid_argument("parameter '" + shape.name + "' has " +
                                  std::to_string(shape.shape.size()) + " axes, the most are " +
                                  std::to_string(kMaxRank));
    }
    layout.push_back({.name = shape.name, .shape = shape.shape});
  }
  return lay_out(std::move(layout));
}

/// The tensor in its stored form. Throws where a value got lost on the way.
Tensor stored_as(DType dtype, const ParameterInfo& info, const TensorView& values) {
  Tensor stored(dtype, info.shape);
  copy(values, stored.view());
  Tensor back(DType::kF32, info.shape);
  copy(stored.view(), back.view());
  for (std::int64_t i = 0; i < info.size; ++i) {
    if (std::isfinite(back.view().as<float>()[i])) continue;
    throw WeightsError("parameter '" + info.name + "' holds " +
                       std::to_string(values.as<float>()[i]) + ", which is no number of " +
                       std::string(name_of(dtype)) + "; the model was not written");
  }
  return stored;
}

}  // namespace

ParameterBlock::ParameterBlock(std::shared_ptr<const Layout> layout) : layout_(std::move(layout)) {
  const std::int64_t end = layout_->empty() ? 0 : layout_->back().offset + layout_->back().size;
  values_ = Tensor(DType::kF32, {(end + kAlignment - 1) / kAlignment * kAlignment});
}

TensorView ParameterBlock::at(std::size_t i) const {
  const ParameterInfo& one = info(i);
  return view_of(values_.view().as<float>() + one.offset, DType::kF32, one.shape);
}

std::size_t ParameterBlock::index(std::string_view name) const {
  const auto found = std::lower_bound(
      layout_->begin(), layout_->end(), name, [](const ParameterInfo& info, std::string_view key) {
        return info.name < key;
      });
  if (found == layout_->end() || found->name != name) {
    throw std::invalid_argument("there is no parameter '" + std::string(name) + "'");
  }
  return static_cast<std::size_t>(found - layout_->begin());
}

bool ParameterBlock::contains(std::string_view name) const {
  return std::any_of(layout_->begin(), layout_->end(), [&](const ParameterInfo& info) {
    return info.name == name;
  });
}

std::span<float> ParameterBlock::flat() const {
  return {values_.view().as<float>(), static_cast<std::size_t>(values_.view().size())};
}

std::int64_t ParameterBlock::elements() const {
  std::int64_t all = 0;
  for (const ParameterInfo& info : *layout_) all += info.size;
  return all;
}

std::int64_t ParameterBlock::trainable_elements() const {
  std::int64_t all = 0;
  for (const ParameterInfo& info : *layout_) all += info.trainable ? info.size : 0;
  return all;
}

Parameters::Parameters(std::shared_ptr<const Layout> layout,
                       std::map<std::string, std::string> metadata)
    : ParameterBlock(std::move(layout)), metadata_(std::move(metadata)) {}

Parameters::Parameters(const Weights& weights)
    : Parameters(layout_of(weights), {weights.metadata().begin(), weights.metadata().end()}) {
  for (std::size_t i = 0; i < count(); ++i) copy(weights.tensor(info(i).name), at(i));
}

Parameters::Parameters(std::span<const ParameterShape> shapes,
                       std::map<std::string, std::string> metadata)
    : Parameters(layout_of(shapes), std::move(metadata)) {}

void Parameters::set_trainable(std::string_view prefix, bool trainable) {
  Layout changed = *layout_;
  bool any = false;
  for (ParameterInfo& info : changed) {
    if (!info.name.starts_with(prefix)) continue;
    info.trainable = trainable;
    any = true;
  }
  if (!any) {
    throw std::invalid_argument("no parameter's name begins with '" + std::string(prefix) + "'");
  }
  layout_ = std::make_shared<const Layout>(std::move(changed));
}

void Parameters::save(const std::string& path, DType dtype) const {
  if (dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBF16) {
    throw std::invalid_argument("parameters are saved as f32, f16 or bf16, not as " +
                                std::string(name_of(dtype)));
  }
  std::vector<Tensor> stored;
  std::map<std::string, TensorView> tensors;
  for (std::size_t i = 0; i < count(); ++i) {
    stored.push_back(stored_as(dtype, info(i), at(i)));
    tensors[info(i).name] = stored.back().view();
  }
  write_weights(path, tensors, metadata_);
}

Parameters Parameters::clone() const {
  Parameters copy(layout_, metadata_);
  std::copy(flat().begin(), flat().end(), copy.flat().begin());
  return copy;
}

Gradients::Gradients(const Parameters& of) : ParameterBlock(of.layout()) {}

void Gradients::set_zero() { std::fill(flat().begin(), flat().end(), 0.0f); }

ModelSpec model_spec(const Parameters& parameters, const std::string& where) {
  const auto found = parameters.metadata().find("heddle.model");
  if (found == parameters.metadata().end()) {
    throw WeightsError(where + ": its metadata has no 'heddle.model': not a model of this program");
  }
  return parse_model(found->second, where);
}

}  // namespace heddle::attention
