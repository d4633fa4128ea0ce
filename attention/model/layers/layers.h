#pragma once
// Every operation a model file may name, one a file, each made from one step. Registers are
// channels-last: (rows, channels) or (height, width, channels), f32 unless said otherwise.
// "weights": "NAME" stands for the tensors NAME.weight and, unless "bias": false, NAME.bias.
// Threads and errors as in layer.h.

#include "attention/model/layer.h"

namespace heddle::attention {

// Products. "activation": "relu" | "gelu" is applied to the result; "accumulate": true adds the
// result to what the register `out` already holds.

/// {"op": "conv1d", "in": "x", "out": "y", "weights": "stem", "dilation": 3, "activation": "gelu"}
/// weight (out, in, width); zeros beyond both ends.
std::unique_ptr<Layer> make_conv1d(Step& step, LayerContext& context);
/// {"op": "one_hot_conv1d", "in": "bases", "out": "x", "weights": "stem"}   u8 (length) -> (length,
/// out): conv1d of the one-hot rows, without making them. No activation.
std::unique_ptr<Layer> make_one_hot_conv1d(Step& step, LayerContext& context);
/// {"op": "conv2d", "in": "x", "out": "y", "weights": "enc.conv1", "stride": 2, "activation":
/// "relu"}; weight (out, in, k, k); zeros around.
std::unique_ptr<Layer> make_conv2d(Step& step, LayerContext& context);
/// {"op": "linear", "in": "x", "out": "t", "weights": "o", "bias": false, "accumulate": true}
/// weight (out, in).
std::unique_ptr<Layer> make_linear(Step& step, LayerContext& context);
/// {"op": "patch", "in": "x", "out": "t", "weights": "down"}   (length, in) -> (length / size, out)
/// weight (out, in, size): one token from every `size` rows.
std::unique_ptr<Layer> make_patch(Step& step, LayerContext& context);
/// {"op": "unpatch", "in": "t", "out": "x", "weights": "up", "size": 6}
/// (tokens, in) -> (tokens * size, out); weight (size * out, in): row r * out + c is channel c of
/// row r of a patch.
std::unique_ptr<Layer> make_unpatch(Step& step, LayerContext& context);

// Norms, over channels. May work in place ("out" equal to "in").

/// {"op": "rms_norm", "in": "t", "out": "n", "weights": "n1", "eps": 1e-6}   NAME.weight is the
/// gain
std::unique_ptr<Layer> make_rms_norm(Step& step, LayerContext& context);
/// {"op": "layer_norm", "in": "t", "out": "n", "weights": "n1", "eps": 1e-5}   also NAME.bias
std::unique_ptr<Layer> make_layer_norm(Step& step, LayerContext& context);
/// {"op": "l2_normalize", "in": "e", "out": "e", "eps": 1e-12}   x / max(|x|, eps)
std::unique_ptr<Layer> make_l2_normalize(Step& step, LayerContext& context);

// Element by element. May work in place.

/// {"op": "gelu", "in": "x", "out": "x"}
std::unique_ptr<Layer> make_gelu(Step& step, LayerContext& context);
/// {"op": "relu", "in": "x", "out": "x"}
std::unique_ptr<Layer> make_relu(Step& step, LayerContext& context);
/// {"op": "add", "in": ["x", "y"], "out": "x"}
std::unique_ptr<Layer> make_add(Step& step, LayerContext& context);
/// {"op": "scale_shift", "in": "image", "out": "x", "shift": -127.5, "scale": 0.015625}
/// (x + shift) * scale; x is u8 or f32 (u8 not in place).
std::unique_ptr<Layer> make_scale_shift(Step& step, LayerContext& context);
/// {"op": "exp_clamp", "in": "x", "out": "x", "limit": 4, "scale": 36}
/// scale * exp(min(max(x, -limit), limit))
std::unique_ptr<Layer> make_exp_clamp(Step& step, LayerContext& context);
/// {"op": "log_softmax", "in": "x", "out": "x", "groups": 2}   over each of `groups` equal groups
/// of channels.
std::unique_ptr<Layer> make_log_softmax(Step& step, LayerContext& context);
/// {"op": "swiglu", "in": "h", "out": "s"}   (rows, 2 n) = [gate, value] -> (rows, n)
std::unique_ptr<Layer> make_swiglu(Step& step, LayerContext& context);

// Rearranging.

/// {"op": "one_hot", "in": "bases", "out": "x", "classes": 5}   u8 (length) -> (length, classes); a
/// value that is not a class gives zeros.
std::unique_ptr<Layer> make_one_hot(Step& step, LayerContext& context);
/// {"op": "concat", "in": ["u", "e"], "out": "x"}   side by side along channels
std::unique_ptr<Layer> make_concat(Step& step, LayerContext& context);
/// {"op": "channels", "in": "o", "out": "ltrb", "first": 1, "count": 4}
std::unique_ptr<Layer> make_channels(Step& step, LayerContext& context);
/// {"op": "flatten", "in": "e", "out": "e"}   (h, w, channels) -> (h * w, channels), or, where
/// there is one channel, {"op": "flatten", ..., "drop": "channels"}: (h, w, 1) -> (h, w). In place:
/// free.
std::unique_ptr<Layer> make_flatten(Step& step, LayerContext& context);

// Attention. A fused register holds the columns [queries | keys | values], each (heads or kv_heads)
// x dim, head by head. The scale is 1 / sqrt(dim) unless "scale" is given, which must be positive.

/// {"op": "rotary", "in": "qkv", "out": "qkv", "heads": 16, "dim": 32, "theta": 10000}
/// Rotates the first heads * dim columns (queries and keys) in place, by the row's number.
std::unique_ptr<Layer> make_rotary(Step& step, LayerContext& context);
/// {"op": "attention", "in": "qkv", "out": "a", "heads": 8, "pattern": "window(128) |
/// global(0:16)"} Positions are rows of the segment.
/// "normaliser": "softmax" (unless given), "sparsemax", "entmax15", "entmax(1.3)". What else weighs
/// the attended keys (backend/normalised_op.h), each of (heads) and learned:
///   "alphas": NAME             alpha = 1 + sigmoid(NAME), a head (at least 1.001)
///   "spans": NAME, "ramp": 16  the soft span max(NAME, 0), in positions, a head
///   "importance": "add" | "multiply"   a second register ("in": ["qkv", "i"]) of one channel,
///   added
///                              to logits or multiplied to weights (then not negative: a relu or
///                              exp_clamp before it)
/// Allocates at each call where any of these, or a normaliser other than softmax, is given.
std::unique_ptr<Layer> make_attention(Step& step, LayerContext& context);
/// {"op": "selected_attention", "in": "qkv", "out": "a", "heads": 8, "selector": "quest(64,8)",
/// "pattern": "dense()", "always": "window(128,causal)"}
/// Attends what the selector chooses within "pattern" (dense() unless given), and "always" (nothing
/// unless given). "normaliser", "alphas", "spans" as attention's. Plans anew for each segment, so
/// it allocates. "selector_weights": NAME, for the selectors that learn: NAME.weight and NAME.bias
/// of a linear map from the rows of "in", or of a second register ("in": ["qkv", "x"]), to the
/// scores of scorer (1 channel) or the head weights of indexer (heads channels).
std::unique_ptr<Layer> make_selected_attention(Step& step, LayerContext& context);
/// {"op": "mechanism_attention", "in": "qkv", "out": "a", "heads": 8, "mechanism":
/// "routing(8,64,causal)", "mechanism_weights": NAME}
/// A way to attend that is more than a plan (mechanisms/mechanism.h). lsh takes [queries | values].
/// "mechanism_weights": NAME, for lsh NAME.rotations (heads, rounds, dim, buckets / 2), for routing
/// NAME.centroids (heads, clusters, dim). A second register ("in": ["qkv", "g"]) holds the gates of
/// nsa (3 channels a head) and delta (2), which sigmoids make gates of. Allocates.
std::unique_ptr<Layer> make_mechanism_attention(Step& step, LayerContext& context);
/// {"op": "memory_attention", "in": "qkv", "out": "a", "heads": 4, "dim": 8, "pattern":
/// "window(128)", "block": 16, "sink_blocks": 1, "ring_blocks": 16, "long_blocks": 64, "top_k": 4,
/// "theta": 10000, "storage": "f32"}
/// Attends the segment's rows and the past under memory/rolling_memory.h, then writes the segment's
/// core to that memory. Keys and queries come in unrotated; theta 0 means no rotation. Further
/// options, each with its default, of the same header:
///   "summary": "mean" | "box" | "sketch"          how long-term blocks are found
///   "compressed_blocks": 0, "compression_ratio": 4, "compression": "mean" | "conv" | "pool",
///   "compression_weights": NAME                   NAME.keys and (conv) NAME.values
///   "external_blocks": 0, "external_storage": "int8" | "bf16", "external_heap_blocks": 0,
///   "eviction": "lru" | "fifo" | "mass"
///   "memory_tokens": 0       the last rows of a segment's core, which the next segment reads
///   "associative": false, "gate": NAME            (heads): out = (1 - s) out + s state, s =
///                                                 sigmoid(gate)
///   "budget": 0              bytes that the memory may hold; 0: 4 GiB
std::unique_ptr<Layer> make_memory_attention(Step& step, LayerContext& context);

}  // namespace heddle::attention
