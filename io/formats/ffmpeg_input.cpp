#include "io/formats/ffmpeg_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace heddle::io {
namespace {

constexpr int kBufferBytes = 1 << 16;

// Containers and raw streams whose demuxers read only the bytes they are given.
constexpr const char* kFormats =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,gif,"
    "yuv4mpegpipe,h264,hevc,m4v,h263,vc1,obu,av1,ivf,mjpeg,mxf,nut,dv,rm,wtv,gxf,apng,png_pipe,"
    "jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,ppm_pipe,pgm_pipe";
constexpr const char* kAccepted =
    "accepted are mp4, mov, mkv, webm, avi, ts, mpg, flv, wmv, ogv, gif, y4m, raw H.264 and H.265";

int refuse_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

// Every stream's decoder, while probing, keeps to the same limit as ours.
struct ProbeOptions {
  ProbeOptions(unsigned streams, std::int64_t max_pixels) : each(streams, nullptr) {
    for (AVDictionary*& options : each) av_dict_set_int(&options, "max_pixels", max_pixels, 0);
  }
  ~ProbeOptions() {
    for (AVDictionary*& options : each) av_dict_free(&options);
  }
  ProbeOptions(const ProbeOptions&) = delete;
  ProbeOptions& operator=(const ProbeOptions&) = delete;
  std::vector<AVDictionary*> each;
};

std::string list_streams(const AVFormatContext& format) {
  std::string text;
  for (unsigned i = 0; i < format.nb_streams && i < 8; ++i) {
    const AVCodecParameters& codec = *format.streams[i]->codecpar;
    const char* kind = av_get_media_type_string(codec.codec_type);
    const bool cover = (format.streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    text += (i == 0 ? "" : ", ") +
            std::string(cover  ? "cover picture"
                        : kind ? kind
                               : "unknown") +
            " (" + avcodec_get_name(codec.codec_id) + ")";
  }
  return text.empty() ? "no streams" : text;
}

}  // namespace

FfmpegInput::FfmpegInput(const std::string& uri, const SourceOptions& options, FfmpegLog& log)
    : name_(uri == "-" ? "standard input" : uri), log_(log) {
  open_descriptor(uri);
  try {
    open_container(options);
    choose_stream();
  } catch (...) {
    avformat_close_input(&format_);
    if (owned_) ::close(descriptor_);
    throw;
  }
}

FfmpegInput::~FfmpegInput() {
  avformat_close_input(&format_);
  if (owned_) ::close(descriptor_);
}

void FfmpegInput::open_descriptor(const std::string& uri) {
  owned_ = uri != "-";
  descriptor_ = owned_ ? ::open(uri.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    const std::string reason = std::strerror(errno);
    if (owned_ && descriptor_ >= 0) ::close(descriptor_);
    throw InputError(name_ + ": cannot be opened: " + reason);
  }
  regular_ = S_ISREG(status.st_mode);
  const bool folder = S_ISDIR(status.st_mode);
  if (!folder && !(regular_ && status.st_size == 0)) return;
  if (owned_) ::close(descriptor_);
  throw InputError(name_ + (folder ? ": is a folder; name a video file" : ": is empty (0 bytes)"));
}

int FfmpegInput::read(void* self, std::uint8_t* buffer, int size) {
  const auto& input = *static_cast<FfmpegInput*>(self);
  for (;;) {
    const ssize_t got = ::read(input.descriptor_, buffer, static_cast<std::size_t>(size));
    if (got > 0) return static_cast<int>(got);
    if (got == 0) return AVERROR_EOF;
    if (errno != EINTR) return AVERROR(errno);
  }
}

std::int64_t FfmpegInput::seek(void* self, std::int64_t offset, int whence) {
  const auto& input = *static_cast<FfmpegInput*>(self);
  if ((whence & AVSEEK_SIZE) != 0) {
    struct stat status {};
    return ::fstat(input.descriptor_, &status) == 0 ? status.st_size : AVERROR(errno);
  }
  const off_t at = ::lseek(input.descriptor_, offset, whence & ~AVSEEK_FORCE);
  return at < 0 ? AVERROR(errno) : at;
}

void FfmpegInput::open_container(const SourceOptions& options) {
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  AVIOContext* bytes =
      buffer == nullptr
          ? nullptr
          : avio_alloc_context(
                buffer, kBufferBytes, 0, this, read, nullptr, regular_ ? seek : nullptr);
  if (bytes == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  bytes_.reset(bytes);
  format_ = avformat_alloc_context();
  if (format_ == nullptr) throw std::bad_alloc();
  format_->pb = bytes;
  format_->opaque = &log_;
  format_->io_open = refuse_open;
  av_opt_set(format_, "format_whitelist", kFormats, 0);
  av_opt_set(format_, "protocol_whitelist", "none", 0);
  int result = avformat_open_input(&format_, "", nullptr, nullptr);
  if (result < 0) {
    throw InputError(name_ + ": not a video that can be read" + log_.because(result) + "; " +
                     kAccepted);
  }
  ProbeOptions probe(format_->nb_streams, options.max_pixels);
  result = avformat_find_stream_info(format_, probe.each.data());
  if (result < 0) throw InputError(name_ + ": no stream can be decoded" + log_.because(result));
}

void FfmpegInput::choose_stream() {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream& stream = *format_->streams[i];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_VIDEO ||
        (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
      stream.discard = AVDISCARD_ALL;
    }
  }
  const int best = av_find_best_stream(format_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0 || format_->streams[best]->discard == AVDISCARD_ALL) {
    throw InputError(name_ + ": has no video stream; it holds " + list_streams(*format_));
  }
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (static_cast<int>(i) != best) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  stream_ = format_->streams[best];
}

std::string FfmpegInput::container() const {
  const std::string names = format_->iformat->name;
  if (names.starts_with("mov,")) {
    const AVDictionaryEntry* brand = av_dict_get(format_->metadata, "major_brand", nullptr, 0);
    return brand != nullptr && std::string(brand->value).starts_with("qt") ? "mov" : "mp4";
  }
  return names.substr(0, names.find(','));
}

bool looks_like_video(const std::string& head) {
  std::string padded = head;
  padded.append(AVPROBE_PADDING_SIZE, '\0');
  AVProbeData probe{};
  probe.filename = "";
  probe.buf = reinterpret_cast<unsigned char*>(padded.data());
  probe.buf_size = static_cast<int>(head.size());
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&probe, 1, &score);
  if (format == nullptr || score <= AVPROBE_SCORE_RETRY) return false;
  return av_match_list(format->name, kFormats, ',') != 0;
}

}  // namespace heddle::io
