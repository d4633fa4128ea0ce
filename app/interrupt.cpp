#include "app/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace heddle::app {
namespace {

constexpr auto kDoubled = std::chrono::seconds(2);

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

struct Interrupt::State {
  std::mutex mutex;
  std::function<void(bool first)> last_words;
  std::function<void()> stop;
  bool heeded = false;
  int received = 0;
  std::chrono::steady_clock::time_point first;  // when
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  bool done = false;
  std::thread waiter;

  [[noreturn]] void end_at_once(int signal) {
    if (last_words) last_words(received == 0);
    _exit(128 + signal);
  }

  void wait_for_signals() {
    const sigset_t set = watched_signals();
    for (;;) {
      int signal = 0;
      if (sigwait(&set, &signal) != 0) continue;
      const std::scoped_lock lock(mutex);
      if (done) return;
      const auto now = std::chrono::steady_clock::now();
      if (received != 0 && signal == SIGTERM && now - first < kDoubled) continue;
      if (received != 0 || !heeded) end_at_once(signal);
      received = signal;
      first = now;
      eventfd_write(descriptor, 1);
      if (stop) stop();
    }
  }
};

Interrupt::Interrupt(std::function<void(bool first)> last_words)
    : state_(std::make_unique<State>()) {
  state_->last_words = std::move(last_words);
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  state_->waiter = std::thread([state = state_.get()] { state->wait_for_signals(); });
}

Interrupt::~Interrupt() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->done = true;
  }
  pthread_kill(state_->waiter.native_handle(), SIGINT);  // ends its sigwait
  state_->waiter.join();
  close(state_->descriptor);
}

void Interrupt::heed() {
  const std::scoped_lock lock(state_->mutex);
  state_->heeded = true;
}

void Interrupt::on_signal(std::function<void()> stop) {
  const std::scoped_lock lock(state_->mutex);
  state_->heeded = true;
  state_->stop = std::move(stop);
  if (state_->received != 0 && state_->stop) state_->stop();
}

int Interrupt::descriptor() const { return state_->descriptor; }

int Interrupt::received() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->received;
}

}  // namespace heddle::app
