#include "app/joined.h"
#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"
#include "app/serve/api/stream_of.h"
#include "app/serve/http/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace heddle::app::serve {
namespace {

/// Of data that says nothing more; content decides.
constexpr std::string_view kAnyData = "application/octet-stream";

/// Of genomes, beside kAnyData. THE LIST; openapi.yaml has the same.
constexpr std::string_view kGenomeTypes[] = {
    "text/plain", "application/gzip", "application/x-bam", "text/x-fasta", "text/x-fastq"};

void check_type(const Stream& stream, const std::string& type) {
  if (type.empty() || type == kAnyData) return;
  const bool video = stream.spec().kind == "video";
  const bool fits = video ? type.starts_with("video/")
                          : std::ranges::find(kGenomeTypes, type) != std::end(kGenomeTypes);
  if (fits) return;
  throw ApiError(
      "unknown_type",
      "'" + type + "' is no type of data that a " + stream.spec().kind +
          " stream takes; application/octet-stream always is, and content decides; " +
          (video ? "so is video/*"
                 : "so are " + joined({std::begin(kGenomeTypes), std::end(kGenomeTypes)}, ", ")));
}

ApiError draining() { return {"draining", "the daemon is shutting down"}; }

/// The server's sink into a stream's upload, which lives as long.
class UploadSink : public BodySink {
 public:
  UploadSink(const Daemon& daemon, std::shared_ptr<Stream> stream, std::shared_ptr<Upload> upload)
      : daemon_(daemon), stream_(std::move(stream)), upload_(std::move(upload)) {}

  std::size_t offer(std::span<const char> bytes) override { return upload_->offer(bytes); }
  void on_room(std::function<void()> wake) override { upload_->on_room(std::move(wake)); }
  void finish(bool cut) override { upload_->finish(cut); }
  bool settled(std::function<void()> wake) override { return upload_->settled(std::move(wake)); }
  std::optional<Response> refusal() const override {
    const Upload::End end = upload_->end();
    if (end.why.empty()) return std::nullopt;
    if (!end.stream_over) return error_response({"upload_refused", end.why});
    if (daemon_.draining) return error_response(draining());
    const std::string error = stream_->status().error;
    return error_response({"stream_ended", end.why + (error.empty() ? "" : ": " + error)});
  }

 private:
  const Daemon& daemon_;
  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<Upload> upload_;
};

}  // namespace

std::shared_ptr<BodySink> open_upload(Daemon& daemon, const Request& request) {
  if (daemon.draining) throw draining();
  auto stream = stream_of(daemon, request);
  const std::string name = "the stream " + stream->spec().id;
  if (stream->spec().input != "upload") {
    throw ApiError("no_upload", name + " takes no data: its input is not 'upload'");
  }
  const std::string type = media_type(request.header("content-type"));
  check_type(*stream, type);
  auto upload = stream->upload(type);
  const StreamState state = stream->status().state;
  if (!upload && (ended(state) || state == StreamState::kDraining)) {
    throw ApiError("stream_ended", name + " has ended; send it to another");
  }
  if (!upload)
    throw ApiError("no_upload", name + " takes no data now: another upload is under way");
  return std::make_shared<UploadSink>(daemon, std::move(stream), std::move(upload));
}

Response post_data(Daemon& /*daemon*/, const Request& request) {
  return json_response(200, {{"bytes", request.uploaded}});
}

}  // namespace heddle::app::serve
