// Without libbigwig-dev at build time.

#include "io/formats/bigwig.h"

namespace heddle::io {

std::string bigwig_absent() {
  return "this build has no bigWig (libbigwig-dev was not there); write bedgraph, and turn it with "
         "bedGraphToBigWig";
}

std::unique_ptr<Sink> open_bigwig(const std::string& path, const SinkOptions& /*options*/) {
  throw OutputError(path + ": " + bigwig_absent());
}

}  // namespace heddle::io
