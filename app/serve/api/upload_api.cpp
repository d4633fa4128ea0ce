#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"
#include "app/serve/api/stream_of.h"
#include "app/serve/http/text.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace heddle::app::serve {
namespace {

/// The server's sink into a stream's upload, which lives as long.
class UploadSink : public BodySink {
 public:
  UploadSink(std::shared_ptr<Stream> stream, std::shared_ptr<Upload> upload)
      : stream_(std::move(stream)), upload_(std::move(upload)) {}

  std::size_t offer(std::span<const char> bytes) override { return upload_->offer(bytes); }
  void on_room(std::function<void()> wake) override { upload_->on_room(std::move(wake)); }
  void finish(bool cut) override { upload_->finish(cut); }
  bool settled(std::function<void()> wake) override { return upload_->settled(std::move(wake)); }
  std::optional<Response> refusal() const override {
    const Upload::End end = upload_->end();
    if (end.why.empty()) return std::nullopt;
    if (!end.stream_over) return error_response({"upload_refused", end.why});
    const std::string error = stream_->status().error;
    return error_response({"stream_ended", end.why + (error.empty() ? "" : ": " + error)});
  }

 private:
  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<Upload> upload_;
};

}  // namespace

std::shared_ptr<BodySink> open_upload(Daemon& daemon, const Request& request) {
  if (daemon.draining) throw ApiError("draining", "the daemon is shutting down");
  auto stream = stream_of(daemon, request);
  const std::string name = "the stream " + stream->spec().id;
  if (stream->spec().input != "upload") {
    throw ApiError("no_upload", name + " takes no data: its input is not 'upload'");
  }
  auto upload = stream->upload(media_type(request.header("content-type")));
  if (!upload && ended(stream->status().state)) {
    throw ApiError("stream_ended", name + " has ended; send it to another");
  }
  if (!upload)
    throw ApiError("no_upload", name + " takes no data now: another upload is under way");
  return std::make_shared<UploadSink>(std::move(stream), std::move(upload));
}

Response post_data(Daemon& /*daemon*/, const Request& request) {
  return json_response(200, {{"bytes", request.uploaded}});
}

}  // namespace heddle::app::serve
