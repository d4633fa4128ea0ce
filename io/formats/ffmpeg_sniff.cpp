#include "io/formats/ffmpeg_handles.h"
#include "io/formats/ffmpeg_source.h"

extern "C" {
#include <libavutil/avstring.h>
}

namespace heddle::io {

bool looks_like_video(const Head& head) {
  const FfmpegLog log;  // nothing of FFmpeg reaches standard error
  // Compressed data looks like many raw streams; none of the containers starts with its magic.
  if (head.raw.starts_with("\x1f\x8b")) return false;
  std::string padded(head.raw);
  padded.append(AVPROBE_PADDING_SIZE, '\0');
  AVProbeData probe{};
  probe.filename = "";
  probe.buf = reinterpret_cast<unsigned char*>(padded.data());
  probe.buf_size = static_cast<int>(head.raw.size());
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&probe, 1, &score);
  if (format == nullptr || score <= AVPROBE_SCORE_RETRY) return false;
  return av_match_list(format->name, kFfmpegDemuxers, ',') != 0;
}

}  // namespace heddle::io
