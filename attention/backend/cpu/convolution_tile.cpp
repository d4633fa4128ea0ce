#include "attention/backend/cpu/convolution_tile.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace heddle::attention::cpu {
namespace {

using dnnl::memory;
using PrimitiveDesc = dnnl::convolution_forward::primitive_desc;

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc plain_desc(const TensorView& view, memory::format_tag tag) {
  return {memory::dims(view.shape.begin(), view.shape.begin() + view.rank),
          memory::data_type::f32,
          tag};
}

memory packed_as(const memory& from, const memory::desc& wanted) {
  omp_set_num_threads(1);
  memory to(wanted, cpu_engine());
  memory source = from;
  dnnl::stream stream(cpu_engine());
  dnnl::reorder(source, to).execute(stream, source, to);
  stream.wait();
  return to;
}

dnnl::primitive_attr attributes(const TileShape& shape) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (shape.accumulate) after.append_sum(1.0f);
  if (shape.relu) {
#if DNNL_VERSION_MAJOR >= 3
    after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
    after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
  }
  attr.set_post_ops(after);
  return attr;
}

PrimitiveDesc describe_convolution(const TileShape& s, const memory::desc& bias) {
  // oneDNN fixes a primitive's team when it is made, and asks for that team again whenever it runs.
  omp_set_num_threads(1);
  constexpr auto kF32 = memory::data_type::f32;
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
  constexpr auto kRows = memory::format_tag::nhwc;
  const memory::desc in({1, s.in, s.in_height, s.in_width}, kF32, kRows);
  const memory::desc out({1, s.out, s.out_height, s.out_width}, kF32, kRows);
  const memory::desc weights(
      {s.out, s.in, s.kernel_height, s.kernel_width}, kF32, memory::format_tag::any);
  const memory::dims strides{s.stride, s.stride};
  const memory::dims dilates{s.dilation - 1, s.dilation - 1};
  const memory::dims pad{0, s.pad_width};
  const dnnl::primitive_attr attr = attributes(s);
#if DNNL_VERSION_MAJOR >= 3
  return {
      cpu_engine(), kKind, kAlgorithm, in, weights, bias, out, strides, dilates, pad, pad, attr};
#else
  return {
      {kKind, kAlgorithm, in, weights, bias, out, strides, dilates, pad, pad}, attr, cpu_engine()};
#endif
}

std::string describe_tile(const TileShape& s) {
  return "convolution " + std::to_string(s.in) + " -> " + std::to_string(s.out) +
         " channels, kernel " + std::to_string(s.kernel_height) + " x " +
         std::to_string(s.kernel_width) + ", tile " + std::to_string(s.out_height) + " x " +
         std::to_string(s.out_width);
}

}  // namespace

struct ConvolutionWeights::State {
  std::mutex mutex;
  Tensor values;  // f32 as given, until the first tile packs them
  memory packed;
  memory bias;  // none where the product has no bias

  memory in_layout(const memory::desc& wanted) {
    const std::lock_guard lock(mutex);
    if (packed.get_desc() == wanted) return packed;
    memory fresh = packed_as(packed, wanted);
    if (!values.empty()) {
      packed = fresh;
      values = Tensor();
    }
    return fresh;
  }
};

ConvolutionWeights::ConvolutionWeights(const TensorView& weight, const TensorView& bias)
    : state_(std::make_unique<State>()) {
  state_->values = Tensor(DType::kF32, std::span(weight.shape.data(), 4));
  copy(weight, state_->values.view());
  state_->packed = memory(
      plain_desc(weight, memory::format_tag::oihw), cpu_engine(), state_->values.view().data);
  if (bias.empty()) return;
  state_->bias = memory(plain_desc(bias, memory::format_tag::a), cpu_engine());
  copy(bias, view_of(static_cast<float*>(state_->bias.get_data_handle()), {bias.shape[0]}));
}

ConvolutionWeights::~ConvolutionWeights() = default;

struct ConvolutionTile::State {
  /// What one run of the primitive needs: handles whose addresses change at each call. Taken and
  /// given back, not kept a thread: a daemon's threads come and go by the thousand, and what they
  /// left would stay as long as the model.
  struct Handles {
    dnnl::stream stream{cpu_engine()};
    memory in;
    memory out;
    memory scratchpad;
  };

  PrimitiveDesc description;
  dnnl::convolution_forward primitive;
  memory weights;
  memory bias;
  std::mutex mutex;
  std::vector<std::unique_ptr<Handles>> idle;

  State(const TileShape& shape, ConvolutionWeights::State& from)
      : description(describe_convolution(shape, from.bias ? from.bias.get_desc() : memory::desc())),
        primitive(description),
        weights(from.in_layout(description.weights_desc())),
        bias(from.bias) {}

  std::unique_ptr<Handles> take() {
    {
      const std::scoped_lock lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<Handles> handles = std::move(idle.back());
        idle.pop_back();
        return handles;
      }
    }
    return std::make_unique<Handles>(
        Handles{.in = memory(description.src_desc(), cpu_engine(), nullptr),
                .out = memory(description.dst_desc(), cpu_engine(), nullptr),
                .scratchpad = memory(description.scratchpad_desc(), cpu_engine())});
  }

  void give_back(std::unique_ptr<Handles> handles) {
    const std::scoped_lock lock(mutex);
    idle.push_back(std::move(handles));
  }
};

ConvolutionTile::ConvolutionTile(const TileShape& shape, const ConvolutionWeights& weights)
    : shape_(shape) {
  try {
    state_ = std::make_unique<State>(shape, *weights.state_);
  } catch (const dnnl::error& error) {
    throw std::runtime_error("oneDNN refused the " + describe_tile(shape) + ": " + error.what());
  }
}

ConvolutionTile::~ConvolutionTile() = default;

void ConvolutionTile::execute(const float* in, float* out) const {
  omp_set_num_threads(1);
  std::unique_ptr<State::Handles> mine = state_->take();
  mine->in.set_data_handle(const_cast<float*>(in));  // oneDNN's handles know no const
  mine->out.set_data_handle(out);
  // The C entry, because the C++ one builds a hash map and a vector at each call.
  const std::array args{dnnl_exec_arg_t{DNNL_ARG_SRC, mine->in.get()},
                        dnnl_exec_arg_t{DNNL_ARG_WEIGHTS, state_->weights.get()},
                        dnnl_exec_arg_t{DNNL_ARG_DST, mine->out.get()},
                        dnnl_exec_arg_t{DNNL_ARG_SCRATCHPAD, mine->scratchpad.get()},
                        dnnl_exec_arg_t{DNNL_ARG_BIAS, state_->bias.get(true)}};
  const int count = static_cast<int>(args.size()) - (state_->bias ? 0 : 1);
  const dnnl_status_t status =
      dnnl_primitive_execute(state_->primitive.get(), mine->stream.get(), count, args.data());
  state_->give_back(std::move(mine));
  if (status != dnnl_success) {
    throw std::runtime_error("oneDNN failed with status " + std::to_string(status) + " in the " +
                             describe_tile(shape_));
  }
}

}  // namespace heddle::attention::cpu
