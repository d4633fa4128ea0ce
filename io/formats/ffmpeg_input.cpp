#include "io/formats/ffmpeg_input.h"

#include "io/formats/ffmpeg_address.h"
#include "io/formats/ffmpeg_source.h"
#include "io/interrupted_error.h"
#include "io/network_rule.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <vector>

namespace heddle::io {
namespace {

constexpr int kBufferBytes = 1 << 16;

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

// An Ogg page: 27 bytes, the last of which counts the segments; their sizes; the segments.
bool ends_with_whole_page(const std::string& tail) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(tail[i]); };
  const std::size_t page = tail.rfind("OggS");
  if (page == std::string::npos || page + 27 > tail.size()) return false;
  std::size_t end = page + 27 + at(page + 26);
  if (end > tail.size()) return false;
  for (std::size_t i = page + 27; i < page + 27 + at(page + 26); ++i) end += at(i);
  return end <= tail.size();
}

// ISO base media: a chain of boxes, each led by its size; 0 means to the end, 1 a 64-bit size.
bool boxes_end_at(AVIOContext& bytes, std::int64_t size) {
  for (std::int64_t at = 0; at < size;) {
    if (size - at < 8 || avio_seek(&bytes, at, SEEK_SET) < 0) return false;
    std::uint64_t length = avio_rb32(&bytes);
    if (length == 0) return true;
    avio_rb32(&bytes);  // the box's name
    if (length == 1) length = avio_rb64(&bytes);
    if (length < 8 || length > static_cast<std::uint64_t>(size - at)) return false;
    at += static_cast<std::int64_t>(length);
  }
  return true;
}

}  // namespace

FfmpegInput::FfmpegInput(const FfmpegOrigin& origin, const SourceOptions& options, FfmpegLog& log)
    : origin_(origin), log_(log), stop_descriptor_(options.stop_descriptor) {
  try {
    open_container(options);
    choose_stream();
    throw_if_interrupted();
  } catch (...) {
    avformat_close_input(&format_);
    throw_if_interrupted();  // FFmpeg's complaint is only what followed
    throw;
  }
}

void FfmpegInput::throw_if_interrupted() const {
  if (stopped_) throw InterruptedError("interrupted while waiting for " + name());
  if (origin_.bytes == nullptr || !origin_.bytes->interrupted()) return;
  throw InterruptedError(read_failure_);
}

void FfmpegInput::expect_soon() {
  patience_ = std::chrono::steady_clock::now() + std::chrono::seconds(kSilenceSeconds);
}

// FFmpeg asks this while it waits for the network.
int FfmpegInput::should_give_up(void* self) {
  auto& input = *static_cast<FfmpegInput*>(self);
  if (stop_asked(input.stop_descriptor_)) input.stopped_ = true;
  if (!input.stopped_ && std::chrono::steady_clock::now() > input.patience_) {
    input.read_failure_ =
        "nothing came for " + std::to_string(kSilenceSeconds) + " s; is the other end running?";
  }
  return input.stopped_ || !input.read_failure_.empty() ? 1 : 0;
}

// Exceptions stop here: FFmpeg is C. The failure is told once the library has given up.
int FfmpegInput::read(void* self, std::uint8_t* buffer, int size) {
  auto& input = *static_cast<FfmpegInput*>(self);
  try {
    const std::size_t got = input.origin_.bytes->read({buffer, static_cast<std::size_t>(size)});
    return got == 0 ? AVERROR_EOF : static_cast<int>(got);
  } catch (const InputError& error) {
    input.read_failure_ = error.what();
    return AVERROR(EIO);
  }
}

std::int64_t FfmpegInput::seek(void* self, std::int64_t offset, int whence) {
  auto& input = *static_cast<FfmpegInput*>(self);
  if ((whence & AVSEEK_SIZE) != 0) return input.origin_.bytes->size();
  if ((whence & ~AVSEEK_FORCE) != SEEK_SET || offset < 0) return AVERROR(EINVAL);
  try {
    input.origin_.bytes->seek(offset);
    return offset;
  } catch (const InputError& error) {
    input.read_failure_ = error.what();
    return AVERROR(EIO);
  }
}

int FfmpegInput::open_bytes() {
  if (seekable()) origin_.bytes->seek(0);
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  AVIOContext* adapter =
      buffer == nullptr
          ? nullptr
          : avio_alloc_context(
                buffer, kBufferBytes, 0, this, read, nullptr, seekable() ? seek : nullptr);
  if (adapter == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  adapter_.reset(adapter);
  format_->pb = adapter;
  format_->io_open = refuse_open;
  av_opt_set(format_, "format_whitelist", kFfmpegDemuxers, 0);
  av_opt_set(format_, "protocol_whitelist", "none", 0);
  return avformat_open_input(&format_, "", nullptr, nullptr);
}

int FfmpegInput::open_address() {
  const AVInputFormat* demuxer = nullptr;
  if (!origin_.demuxer.empty()) {
    demuxer = av_find_input_format(origin_.demuxer.c_str());
    if (demuxer == nullptr) throw InputError(name() + ": the installed FFmpeg reads no cameras");
  } else {
    const std::string formats = std::string(kFfmpegDemuxers) + ",rtsp,rtp,sdp";
    av_opt_set(format_, "format_whitelist", formats.c_str(), 0);
  }
  av_opt_set(format_, "protocol_whitelist", origin_.protocols.c_str(), 0);
  format_->interrupt_callback = {should_give_up, this};
  expect_soon();
  take_network_refusal();
  AVDictionary* options = nullptr;
  if (origin_.live) av_dict_set(&options, "rtsp_transport", "tcp", 0);
  const int result = avformat_open_input(&format_, origin_.address.c_str(), demuxer, &options);
  av_dict_free(&options);
  return result;
}

void FfmpegInput::refuse_container(int result) const {
  if (const std::string refusal = take_network_refusal(); !refusal.empty()) {
    throw InputError(name() + ": cannot be opened: " + refusal);
  }
  if (!read_failure_.empty()) throw InputError(name() + ": " + read_failure_);
  if (log_.last().find("moov atom not found") != std::string::npos) {
    throw InputError(name() +
                     ": was not finished being written: the index of an mp4 (moov) is missing, "
                     "which comes last; let the recorder stop by itself, or copy the file again");
  }
  const bool no_video = result == AVERROR_INVALIDDATA || result == AVERROR(EINVAL);  // refused
  if (origin_.bytes == nullptr && !no_video) {
    throw InputError(name() + ": cannot be opened: " + ffmpeg_error_text(result));
  }
  throw InputError(name() + ": not a video that can be read" + log_.because(result) + "; " +
                   kAccepted);
}

void FfmpegInput::open_container(const SourceOptions& options) {
  format_ = avformat_alloc_context();
  if (format_ == nullptr) throw std::bad_alloc();
  format_->opaque = &log_;
  int result = origin_.bytes != nullptr ? open_bytes() : open_address();
  if (result < 0) {
    throw_if_interrupted();
    refuse_container(result);
  }
  ProbeOptions probe(format_->nb_streams, options.max_pixels);
  expect_soon();
  result = avformat_find_stream_info(format_, probe.each.data());
  if (result < 0) throw InputError(name() + ": no stream can be decoded" + log_.because(result));
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
    throw InputError(name() + ": has no video stream; it holds " + list_streams(*format_));
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

std::string FfmpegInput::missing_end(std::int64_t last_packet_end) const {
  const std::string kind = container();
  if (adapter_ == nullptr) return "";
  AVIOContext& bytes = *adapter_;
  if (kind == "yuv4mpegpipe" && avio_tell(&bytes) > last_packet_end) return "inside a picture";
  if (!seekable()) return "";
  const std::int64_t size = avio_size(&bytes);
  if (kind == "mp4" || kind == "mov") return boxes_end_at(bytes, size) ? "" : "inside an mp4 box";
  if (kind != "gif" && kind != "ogg") return "";
  constexpr std::int64_t kLongestPage = 65307;  // of Ogg
  const auto length = static_cast<int>(std::min(size, kLongestPage));
  std::string tail(static_cast<std::size_t>(length), '\0');
  avio_seek(&bytes, size - length, SEEK_SET);
  if (avio_read(&bytes, reinterpret_cast<unsigned char*>(tail.data()), length) != length) {
    return "where it cannot be read";
  }
  if (kind == "gif") return tail.back() == ';' ? "" : "without the GIF trailer";
  return ends_with_whole_page(tail) ? "" : "inside an Ogg page";
}

}  // namespace heddle::io
