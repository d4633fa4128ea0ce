#include "app/serve/http/exchange.h"

#include "app/serve/http/reply.h"

#include <algorithm>
#include <utility>

namespace heddle::app::serve {
namespace {

/// So much is read from a client that was told to go, so that it comes to read why.
constexpr std::int64_t kMostThrownAway = std::int64_t{8} << 20;
constexpr unsigned kUploadSilence = 60;       // seconds
constexpr unsigned kEventReaderSilence = 60;  // seconds in which a listener takes nothing

}  // namespace

void Exchanges::add(const std::shared_ptr<Exchange>& exchange) {
  const std::scoped_lock lock(mutex_);
  live_.emplace(exchange.get(), exchange);
}

void Exchanges::remove(const Exchange* exchange) {
  const std::scoped_lock lock(mutex_);
  live_.erase(exchange);
  if (live_.empty()) ended_.notify_all();
}

bool Exchanges::wait_for_end(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, most, [this] { return live_.empty(); });
}

std::vector<std::shared_ptr<Exchange>> Exchanges::all() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Exchange>> found;
  found.reserve(live_.size());
  for (const auto& [key, exchange] : live_) {
    if (auto held = exchange.lock()) found.push_back(std::move(held));
  }
  return found;
}

void Exchanges::tick() {
  connections.sweep();
  for (const auto& exchange : all()) exchange->tick();
}

void Exchanges::wake_all() {
  for (const auto& exchange : all()) {
    exchange->wake();
    exchange->tick();
  }
}

Exchange::Exchange(Exchanges& shared, MHD_Connection* connection, Connections::Place* place)
    : shared_(shared), connection_(connection), place_(place) {}

MHD_Result Exchange::begin(Head head, std::optional<Response> refusal) {
  shared_.connections.works(place_);
  request_ = std::move(head.request);
  if (refusal) {
    plan_.refusal = std::move(refusal);
  } else {
    plan_ = shared_.site.plan(request_);
  }
  const bool too_long = plan_.body != BodyKind::kUpload &&
                        head.body_length > static_cast<std::int64_t>(shared_.options.json_bytes);
  if (!plan_.refusal && too_long) plan_.refusal = too_large();
  if (plan_.refusal) {
    // Without a body the answer waits for the next call, and the connection may go on after it.
    return head.body_follows ? send_away(*plan_.refusal) : MHD_YES;
  }
  if (plan_.body == BodyKind::kUpload) {
    MHD_set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, kUploadSilence);
    const std::scoped_lock lock(uploading_);
    upload_ = plan_.sink;
  } else if (head.body_follows) {
    shared_.connections.must_be_through(place_, shared_.options.connections.body);
  }
  return MHD_YES;
}

MHD_Result Exchange::step(std::span<const char> piece, std::size_t& size) {
  if (!piece.empty()) return take(piece, size);
  if (stage_ == Stage::kSendingAway) return MHD_NO;
  return answer();
}

MHD_Result Exchange::take(std::span<const char> piece, std::size_t& size) {
  if (stage_ == Stage::kSendingAway) {
    thrown_away_ += static_cast<std::int64_t>(piece.size());
    size = 0;
    return thrown_away_ > kMostThrownAway ? MHD_NO : MHD_YES;
  }
  if (plan_.body == BodyKind::kUpload) return upload(piece, size);
  size = 0;
  const bool kept = plan_.body == BodyKind::kJson;  // else nobody reads it: it takes no memory
  const std::size_t before = kept ? request_.body.size() : static_cast<std::size_t>(thrown_away_);
  if (before + piece.size() > shared_.options.json_bytes) return send_away(too_large());
  if (kept) {
    request_.body.append(piece.data(), piece.size());
  } else {
    thrown_away_ += static_cast<std::int64_t>(piece.size());
  }
  return MHD_YES;
}

MHD_Result Exchange::upload(std::span<const char> piece, std::size_t& size) {
  for (;;) {
    if (turned_away()) return take(piece, size);
    const std::size_t taken = plan_.sink->offer(piece);
    request_.uploaded += static_cast<std::int64_t>(taken);
    piece = piece.subspan(taken);
    size = piece.size();
    if (size == 0) return MHD_YES;
    plan_.sink->on_room(waker());
    if (suspend()) return MHD_YES;
  }
}

/// An upload of which the rest would be of no use to anybody.
bool Exchange::turned_away() {
  const std::scoped_lock lock(uploading_);
  if (stage_ == Stage::kSendingAway) return true;
  if (!upload_) return false;
  std::optional<Response> why;
  if (upload_->settled(waker())) why = upload_->refusal();
  if (!why && shared_.stopping) why = stopping();
  if (!why) return false;
  send_away(*why);
  return true;
}

bool Exchange::body_ends() {
  const std::scoped_lock lock(uploading_);
  upload_.reset();
  return stage_ != Stage::kSendingAway;
}

/// The answer says whether the data was of use, so that it waits for who reads it.
bool Exchange::upload_settled() {
  if (!std::exchange(body_whole_, true)) plan_.sink->finish(false);
  bool settled = false;
  while (!(settled = plan_.sink->settled(waker())) && !shared_.stopping) {
    if (suspend()) return false;
  }
  plan_.refusal = settled ? plan_.sink->refusal() : stopping();
  plan_.sink.reset();
  return true;
}

MHD_Result Exchange::answer() {
  if (stage_ == Stage::kSent) return MHD_YES;
  if (!body_ends()) return MHD_NO;
  if (stage_ == Stage::kBody && plan_.sink && !upload_settled()) return MHD_YES;
  if (plan_.refusal) return send(std::move(*std::exchange(plan_.refusal, std::nullopt)));
  if (stage_ == Stage::kBody) {
    stage_ = Stage::kAnswering;
    shared_.connections.must_be_through(place_, std::chrono::seconds::max());
    if (!plan_.slow) return send(shared_.site.answer(plan_, request_));
    const bool added = shared_.workers.add([self = shared_from_this()] {
      Response response = self->shared_.site.answer(self->plan_, self->request_);
      {
        const std::scoped_lock lock(self->mutex_);
        self->made_ = std::move(response);
      }
      self->wake();
    });
    if (!added) {
      Response busy = shared_.site.error("busy", "too many requests wait already");
      busy.headers.emplace_back("Retry-After", "1");
      return send(std::move(busy));
    }
  }
  std::optional<Response> made;
  {
    const std::scoped_lock lock(mutex_);
    made = std::exchange(made_, std::nullopt);
  }
  if (made) return send(std::move(*made));
  if (shared_.stopping) return MHD_NO;
  if (!suspend()) return answer();
  return MHD_YES;
}

MHD_Result Exchange::send(Response response) {
  if (response.source && !shared_.connections.listens(place_)) {
    response = shared_.site.error("too_many_event_streams", "no event stream is free");
    response.headers.emplace_back("Retry-After", "5");
  }
  stage_ = Stage::kSent;
  status_ = response.status;
  if (response.source) {
    MHD_set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, kEventReaderSilence);
    response.source->on_more(waker());
    const std::scoped_lock lock(mutex_);
    source_ = response.source;
  }
  return queue(connection_, std::move(response), shared_from_this());
}

Response Exchange::stopping() const {
  return shared_.site.error("draining", "the daemon is shutting down");
}

Response Exchange::too_large() const {
  return shared_.site.error("body_too_large",
                            "a body here has at most " +
                                std::to_string(shared_.options.json_bytes) +
                                " bytes; data goes to /v1/streams/{id}/data");
}

/// The body still comes, and libmicrohttpd answers only behind it.
MHD_Result Exchange::send_away(const Response& response) {
  stage_ = Stage::kSendingAway;
  status_ = response.status;
  shared_.connections.must_be_through(place_, shared_.options.connections.linger);
  send_at_once(connection_, response);
  return MHD_YES;
}

ssize_t Exchange::read(char* to, std::size_t most) {
  for (;;) {
    if (rest_.empty()) rest_ = source_->next(most);
    if (!rest_.empty()) {
      const std::size_t size = std::min(most, rest_.size());
      std::copy_n(rest_.begin(), size, to);
      rest_.remove_prefix(size);
      return static_cast<ssize_t>(size);
    }
    if (source_->finished() || shared_.stopping) return MHD_CONTENT_READER_END_OF_STREAM;
    if (suspend()) return 0;
  }
}

bool Exchange::suspend() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(woken_, false) || shared_.stopping) return false;
  suspended_ = true;
  MHD_suspend_connection(connection_);
  return true;
}

void Exchange::wake() {
  const std::scoped_lock lock(mutex_);
  if (over_) return;
  if (std::exchange(suspended_, false)) {
    MHD_resume_connection(connection_);
  } else {
    woken_ = true;
  }
}

std::function<void()> Exchange::waker() {
  return [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  };
}

void Exchange::tick() {
  std::shared_ptr<BodySource> source;
  {
    const std::scoped_lock lock(mutex_);
    source = source_;
  }
  if (source) source->tick();
  turned_away();  // also one whose sender is silent, so that no piece of it comes to be looked at
}

void Exchange::leave_sink() {
  body_ends();
  const auto sink = std::exchange(plan_.sink, nullptr);
  if (sink && !body_whole_) sink->finish(true);
}

void Exchange::end() {
  shared_.remove(this);
  std::shared_ptr<BodySource> source;  // ends outside of the lock: its own may be held by wake()
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    source = std::exchange(source_, nullptr);
  }
  leave_sink();
  shared_.connections.waits(place_);
  const std::chrono::duration<double> seconds = Connections::Clock::now() - began_;
  shared_.site.count(plan_.route, status_, source ? -1 : seconds.count());
}

}  // namespace heddle::app::serve
