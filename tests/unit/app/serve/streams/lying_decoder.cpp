// A decoding process that lies in one field: lying_decoder LIE SLOT_BYTES... Two frames, then the
// end. As the true one finds them, the link and the frames are at their numbers.

#include "io/isolated/decoder_link.h"

#include <cstdlib>
#include <limits>
#include <string_view>

namespace {

using heddle::io::LinkMessage;
constexpr auto kNan = std::numeric_limits<double>::quiet_NaN();
constexpr auto kInfinite = std::numeric_limits<double>::infinity();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

LinkMessage opening(std::string_view lie) {
  LinkMessage message{.kind = LinkMessage::Kind::kOpened, .text = "a lie", .total = 2};
  message.seconds = lie == "rate-nan" ? kNan : 25;
  message.width = message.height = 8;
  if (lie == "total-huge") message.total = kMost;
  if (lie == "total-negative") message.total = -kMost;
  if (lie == "pixels") message.pixel_width = std::numeric_limits<std::int32_t>::max();
  if (lie == "pixels") message.pixel_height = -1;
  return message;
}

LinkMessage frame(std::string_view lie, std::uint32_t at) {
  LinkMessage message{.kind = LinkMessage::Kind::kFrame, .number = at, .seconds = at / 25.0};
  message.width = message.height = 8;
  message.slot = at;
  if (at == 0) return message;
  if (lie == "number-huge") message.number = kMost;
  if (lie == "number-again") message.number = 0;
  if (lie == "number-negative") message.number = -kMost;
  if (lie == "seconds-nan") message.seconds = kNan;
  if (lie == "seconds-infinite") message.seconds = -kInfinite;
  if (lie == "seconds-late") message.seconds = 1e300;
  if (lie == "width") message.width = 9;
  if (lie == "slot") message.slot = 1U << 31;
  return message;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  heddle::io::DecoderLink link(heddle::io::kLinkDescriptor);
  link.send(opening(argv[1]));
  for (std::uint32_t at = 0; at < 2; ++at) link.send(frame(argv[1], at));
  link.send({.kind = LinkMessage::Kind::kEnd});
}
