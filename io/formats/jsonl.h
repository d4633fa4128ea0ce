#pragma once
// A whole run as JSON lines: one object a line, told apart by "record".
//
//   {"record":"run","program":..,"input":{"name":..,"format":..,"width":..,..}}              first
//   {"record":"frame","frame":12,"seconds":0.48,"tracks":[{"id":3,"box":[x,y,width,height],
//    "score":0.91,"state":"tracked","label":"car"}]}                                  one per frame
//   {"record":"sequence","name":..,"length":..,"circular":true}           both where it is known so
//   {"record":"sequence_end","name":..,"length":..}
//   {"record":"interval","sequence":..,"type":"CDS","strand":"+","parts":[[start,end,phase]],
//    "score":..,"partial":[start,end],"attributes":{..}}                            one per feature
//   {"record":"pair","name":..,"first":{"sequence":..,"start":..,"end":..},"second":{..},
//    "strand":"+","identity":..,"columns":..,"score":..,"attributes":{..}}      one per pair
//   {"record":"failure","what":..,"reason":..}
//   {"record":"end","complete":true,"frames":..,"tracks":..,"intervals":..,"failures":..}      last
//
// Attributes are numbers where SinkOptions::attributes declares them so, text elsewhere.
// Frames, pixels and positions are 0-based, ends exclusive, as inside Heddle. Boxes and seconds are
// rounded to fixed decimals, and neither command line nor date is told, so that equal inputs give
// equal bytes. "tracks" of the end counts identities. A run that stops early ends with
// "complete":false, on standard output too.
//
// Example: heddle video clip.mp4 -O jsonl -o clip.jsonl

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// `path` "-" is standard output. Throws OutputError.
std::unique_ptr<Sink> open_jsonl(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
