#include "io/formats/mp4_fragments.h"

#include <cstring>
#include <new>

namespace heddle::io {
namespace {

/// A muxer that writes to memory.
class MemoryMuxer {
 public:
  explicit MemoryMuxer(FfmpegLog& log) {
    avformat_alloc_output_context2(&format_, nullptr, "mp4", nullptr);
    if (format_ == nullptr || avio_open_dyn_buf(&format_->pb) < 0) {
      avformat_free_context(format_);
      throw std::bad_alloc();
    }
    format_->opaque = &log;
    format_->flags |= AVFMT_FLAG_BITEXACT;
    format_->avoid_negative_ts = 0;  // stamps stay as they are, in every fragment
  }
  ~MemoryMuxer() {
    if (format_->pb != nullptr) take();
    avformat_free_context(format_);
  }
  MemoryMuxer(const MemoryMuxer&) = delete;
  MemoryMuxer& operator=(const MemoryMuxer&) = delete;

  AVFormatContext* get() { return format_; }
  /// All bytes so far; the last call.
  std::string take() {
    std::uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(format_->pb, &bytes);
    format_->pb = nullptr;
    std::string taken(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    av_free(bytes);
    return taken;
  }

 private:
  AVFormatContext* format_ = nullptr;
};

void put(std::string& box, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) box += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_size(std::string& box, std::size_t at) {
  std::string size;
  put(size, box.size() - at, 4);
  box.replace(at, 4, size);
}

}  // namespace

Mp4Fragments::Mp4Fragments(AtomicFile& file, const AVCodecContext& encoder)
    : file_(file),
      time_base_(encoder.time_base),
      frame_rate_(encoder.framerate),
      pixel_(encoder.sample_aspect_ratio),
      parameters_(avcodec_parameters_alloc()) {
  if (!parameters_) throw std::bad_alloc();
  check(avcodec_parameters_from_context(parameters_.get(), &encoder), "cannot be described");
  const std::string head = mux({}, 0);
  head_ = head.size();
  write(head);
}

void Mp4Fragments::check(int result, const char* what) const {
  if (result < 0) throw OutputError(file_.path() + ": " + what + log_.because(result));
}

void Mp4Fragments::write(const std::string& bytes) {
  file_.write(bytes);
  size_ += static_cast<std::int64_t>(bytes.size());
}

// The head, and behind it the group's fragment.
std::string Mp4Fragments::mux(std::span<const CodedPicture> group, std::int64_t end) const {
  MemoryMuxer muxer(log_);
  AVStream* stream = avformat_new_stream(muxer.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  check(avcodec_parameters_copy(stream->codecpar, parameters_.get()), "cannot be described");
  stream->time_base = time_base_;
  stream->sample_aspect_ratio = pixel_;
  stream->avg_frame_rate = frame_rate_;
  AVDictionary* options = nullptr;
  const char* const flags =
      starts_.empty() ? "frag_custom+empty_moov+default_base_moof+skip_trailer"
                      : "frag_custom+empty_moov+default_base_moof+skip_trailer+frag_discont";
  av_dict_set(&options, "movflags", flags, 0);
  av_dict_set(&options, "use_editlist", "0", 0);
  av_dict_set_int(&options, "fragment_index", static_cast<std::int64_t>(starts_.size()) + 1, 0);
  av_dict_set_int(&options, "video_track_timescale", time_base_.den, 0);
  const int result = avformat_write_header(muxer.get(), &options);
  av_dict_free(&options);
  check(result, "the mp4 cannot be started");
  for (std::size_t i = 0; i < group.size(); ++i) {
    const CodedPicture& picture = group[i];
    const FfmpegHandle<AVPacket> packet = ffmpeg_handle(av_packet_alloc());
    check(av_new_packet(packet.get(), static_cast<int>(picture.bytes.size())), "no memory");
    std::memcpy(packet->data, picture.bytes.data(), picture.bytes.size());
    packet->pts = packet->dts = picture.stamp;
    packet->duration = (i + 1 < group.size() ? group[i + 1].stamp : end) - picture.stamp;
    packet->flags = picture.key ? AV_PKT_FLAG_KEY : 0;
    av_packet_rescale_ts(packet.get(), time_base_, stream->time_base);
    check(av_write_frame(muxer.get(), packet.get()), "cannot be written");
  }
  check(av_write_trailer(muxer.get()), "its end cannot be written");
  return muxer.take();
}

void Mp4Fragments::add(std::span<const CodedPicture> group, std::int64_t end) {
  if (group.empty()) return;
  const std::string bytes = mux(group, end).substr(head_);
  starts_.push_back({group.front().stamp, size_});
  write(bytes);
  file_.flush();  // a killed run loses one group at most
}

// Movie fragment random access box: ISO/IEC 14496-12, 8.8.9 to 8.8.11.
void Mp4Fragments::finish() {
  if (starts_.empty()) return;
  std::string box(4, '\0');
  box += "mfra";
  const std::size_t table = box.size();
  box += std::string(4, '\0') + "tfra";
  put(box, 1, 1);  // version: 64-bit stamps and offsets
  put(box, 0, 3);
  put(box, 1, 4);  // track
  put(box, 0, 4);  // the three numbers of an entry take a byte each
  put(box, starts_.size(), 4);
  for (const Start& start : starts_) {
    put(box, static_cast<std::uint64_t>(start.stamp), 8);
    put(box, static_cast<std::uint64_t>(start.offset), 8);
    put(box, 0x010101, 3);  // the first run of the first track's first sample
  }
  put_size(box, table);
  put(box, 16, 4);
  box += "mfro";
  put(box, 0, 4);
  put(box, box.size() + 4, 4);
  put_size(box, 0);
  write(box);
}

}  // namespace heddle::io
