#include "app/serve/notify.h"

#include "app/serve/http/listen.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace heddle::app::serve {

Notify::Notify() {
  if (const char* socket = std::getenv("NOTIFY_SOCKET")) socket_ = socket;
  const char* process = std::getenv("WATCHDOG_PID");
  const bool ours = process == nullptr || std::atoll(process) == ::getpid();
  const char* limit = std::getenv("WATCHDOG_USEC");
  if (limit != nullptr && ours && std::atoll(limit) > 0) {
    watchdog_ = std::chrono::milliseconds(std::atoll(limit) / 1000);
  }
}

void Notify::tell(std::string_view what) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
  const Socket from(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Nobody listening is systemd's affair.
  ::sendto(from.get(),
           what.data(),
           what.size(),
           MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address),
           length);
}

}  // namespace heddle::app::serve
