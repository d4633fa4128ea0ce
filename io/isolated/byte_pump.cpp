#include "io/isolated/byte_pump.h"

#include "io/formats/ffmpeg_address.h"
#include "io/formats/ffmpeg_input.h"
#include "io/network_rule.h"
#include "io/served_bytes.h"
#include "io/unusable_error.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

namespace heddle::io {
namespace {

constexpr int kBufferBytes = 1 << 16;
constexpr int kTick = 100;                        // milliseconds between looks whether to stop
constexpr std::int64_t kBoxesLookedAt = 1 << 14;  // bytes, within FFmpeg's buffer

/// ISO base media whose pictures come before the index (moov) that tells what they are.
bool index_stands_last(AVIOContext& bytes) {
  bool last = false;
  for (std::int64_t at = 0; at < kBoxesLookedAt && avio_seek(&bytes, at, SEEK_SET) == at;) {
    const std::int64_t length = avio_rb32(&bytes);
    const unsigned name = avio_rb32(&bytes);
    if (at == 0 && name != MKBETAG('f', 't', 'y', 'p')) break;
    last = name == MKBETAG('m', 'd', 'a', 't');
    if (last || name == MKBETAG('m', 'o', 'o', 'v') || length < 8) break;
    at += length;
  }
  avio_seek(&bytes, 0, SEEK_SET);
  return last;
}

}  // namespace

struct BytePump::Connection {
  FfmpegOrigin origin;
  FfmpegLog log;
  std::atomic<bool> stop{false};
  int write = -1;
  const int own_stop = ::eventfd(0, EFD_CLOEXEC);
  const int either_stop = ::epoll_create1(EPOLL_CLOEXEC);  // readable when ours or the caller's is
  bool opening = true;
  std::chrono::steady_clock::time_point patience;
  AVIOContext* bytes = nullptr;  // of http
  std::int64_t size = -1;        // of them
  std::atomic<std::int64_t> position{0};
  std::atomic<bool> broke{false};
  std::unique_ptr<FfmpegInput> input;  // of rtsp
  const std::shared_ptr<const NetworkRule> network = NetworkScope::current();

  ~Connection() {
    if (bytes != nullptr) avio_closep(&bytes);
    input.reset();
    if (write >= 0) ::close(write);
    ::close(own_stop);
    ::close(either_stop);
  }

  void end() {
    stop = true;
    ::eventfd_write(own_stop, 1);
  }

  /// FFmpeg asks it while it waits.
  static int give_up(void* self) {
    auto& mine = *static_cast<Connection*>(self);
    pollfd stop{mine.either_stop, POLLIN, 0};
    const bool asked = ::poll(&stop, 1, 0) > 0;
    const bool late = mine.opening && std::chrono::steady_clock::now() > mine.patience;
    return asked || late ? 1 : 0;
  }

  void open(SourceOptions options) {
    for (const int one : {own_stop, options.stop_descriptor}) {
      epoll_event readable{EPOLLIN, {}};
      if (one >= 0) ::epoll_ctl(either_stop, EPOLL_CTL_ADD, one, &readable);
    }
    options.stop_descriptor = either_stop;
    if (origin.live) {
      input = std::make_unique<FfmpegInput>(origin, options, log);
      return;
    }
    patience = std::chrono::steady_clock::now() + std::chrono::seconds(kSilenceSeconds);
    const AVIOInterruptCB interrupt{give_up, this};
    AVDictionary* protocols = nullptr;
    take_network_refusal();
    av_dict_set(&protocols, "protocol_whitelist", origin.protocols.c_str(), 0);
    const int result =
        avio_open2(&bytes, origin.address.c_str(), AVIO_FLAG_READ, &interrupt, &protocols);
    av_dict_free(&protocols);
    if (const std::string refusal = take_network_refusal(); result < 0 && !refusal.empty()) {
      throw InputError(origin.name + ": cannot be opened: " + refusal);
    }
    if (result < 0) {
      throw InputError(origin.name + ": cannot be opened: " + ffmpeg_error_text(result));
    }
    size = std::max<std::int64_t>(-1, avio_size(bytes));
    if (!serves() && index_stands_last(*bytes)) {
      throw UnusableError(
          origin.name +
          ": is an mp4 whose index (moov) stands last, and its server gives no ranges "
          "of it; write it with the index first (ffmpeg -movflags +faststart)");
    }
    opening = false;
  }

  /// Reads from anywhere are possible.
  bool serves() const {
    return bytes != nullptr && size > 0 && (bytes->seekable & AVIO_SEEKABLE_NORMAL) != 0;
  }

  /// False: nobody reads, or it is over.
  bool put(const std::uint8_t* from, int count) {
    while (count > 0) {
      pollfd room{write, POLLOUT, 0};
      if (::poll(&room, 1, kTick) == 0) {
        if (stop) return false;
        continue;
      }
      const ssize_t written = ::write(write, from, static_cast<std::size_t>(count));
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written < 0) return false;
      from += written;
      count -= static_cast<int>(written);
    }
    return true;
  }

  static int put_muxed(void* self, std::uint8_t* from, int count) {
    return static_cast<Connection*>(self)->put(from, count) ? count : AVERROR(EPIPE);
  }

  void pump_bytes() {
    std::array<std::uint8_t, kBufferBytes> buffer;
    for (;;) {
      const int got = avio_read_partial(bytes, buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) broke = position < size;
      if (got <= 0 || !put(buffer.data(), got)) return;
      position += got;
    }
  }

  bool wait_for_request() {
    pollfd request{write, POLLIN, 0};
    while (!stop) {
      if (::poll(&request, 1, kTick) > 0) return true;
    }
    return false;
  }

  bool answer(const ServedRequest& request, std::span<std::uint8_t> buffer) {
    if (request.count == 0) return send_size(write, size);
    if (request.offset >= size) return send_bytes(write, {});
    int got = 0;
    if (avio_seek(bytes, request.offset, SEEK_SET) == request.offset) {
      got = avio_read_partial(bytes, buffer.data(), static_cast<int>(request.count));
    }
    if (got <= 0) {
      broke = true;
      return send_failure(write);
    }
    position = request.offset + got;
    return send_bytes(write, buffer.first(static_cast<std::size_t>(got)));
  }

  void serve_bytes() {
    std::array<std::uint8_t, kServedBytes> buffer;
    ServedRequest request;
    while (wait_for_request() && receive_request(write, request)) {
      if (!answer(request, buffer)) return;
    }
  }

  void pump() {
    if (input) return pump_packets();
    serves() ? serve_bytes() : pump_bytes();
  }

  void pump_packets();
  void copy_packets(AVFormatContext& muxer, AVStream& to);
};

/// Packets without a time follow the one before.
void BytePump::Connection::copy_packets(AVFormatContext& muxer, AVStream& to) {
  const auto packet = ffmpeg_handle(av_packet_alloc());
  std::int64_t last = AV_NOPTS_VALUE;
  for (int result = 0; result >= 0 && !stop;) {
    input->expect_soon();
    if (av_read_frame(&input->format(), packet.get()) < 0) return;
    if (packet->stream_index == input->stream().index) {
      if (packet->dts == AV_NOPTS_VALUE) packet->dts = packet->pts;
      if (packet->pts == AV_NOPTS_VALUE) packet->pts = packet->dts;
      const std::int64_t next = last == AV_NOPTS_VALUE ? 0 : last + 1;
      if (packet->dts == AV_NOPTS_VALUE || packet->dts < next) packet->dts = next;
      if (packet->pts == AV_NOPTS_VALUE || packet->pts < packet->dts) packet->pts = packet->dts;
      last = packet->dts;
      packet->stream_index = 0;
      av_packet_rescale_ts(packet.get(), input->stream().time_base, to.time_base);
      result = av_write_frame(&muxer, packet.get());
    }
    av_packet_unref(packet.get());
  }
}

void BytePump::Connection::pump_packets() {
  AVFormatContext* muxer = nullptr;
  if (avformat_alloc_output_context2(&muxer, nullptr, "nut", nullptr) < 0) return;
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  FfmpegHandle<AVIOContext> adapter(
      avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, put_muxed, nullptr));
  AVStream* to = avformat_new_stream(muxer, nullptr);
  if (adapter && to != nullptr) {
    muxer->pb = adapter.get();
    muxer->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    avcodec_parameters_copy(to->codecpar, input->stream().codecpar);
    to->codecpar->codec_tag = 0;
    to->time_base = input->stream().time_base;
    to->avg_frame_rate = input->stream().avg_frame_rate;
    if (avformat_write_header(muxer, nullptr) >= 0) {
      copy_packets(*muxer, *to);
      av_write_trailer(muxer);
    }
  }
  avformat_free_context(muxer);
}

BytePump::BytePump(const std::string& uri, const SourceOptions& options)
    : connection_(std::make_unique<Connection>()) {
  connection_->origin = origin_of(uri);
  connection_->open(options);
  int ends[2];
  if (connection_->serves() ? ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0
                            : ::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "a pipe");
  }
  read_ = ends[0];
  connection_->write = ends[1];
  if (!connection_->serves()) ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  thread_ = std::thread([mine = connection_.get()] {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    const NetworkScope within(mine->network);
    mine->pump();
    ::close(std::exchange(mine->write, -1));
  });
}

BytePump::~BytePump() {
  connection_->end();
  if (read_ >= 0) ::close(read_);
  thread_.join();
}

int BytePump::take_descriptor() { return std::exchange(read_, -1); }

bool BytePump::live() const { return connection_->origin.live; }
std::int64_t BytePump::size() const { return connection_->size; }
std::int64_t BytePump::position() const { return connection_->position; }
bool BytePump::broke() const { return connection_->broke; }

}  // namespace heddle::io
