#include "io/isolated/confinement.h"

#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace heddle::io {
namespace {

/// What decoding from open descriptors into mapped memory needs. THE LIST. (sigaltstack: what an
/// address sanitizer asks when an exception is thrown.)
constexpr int kAllowed[] = {SCMP_SYS(read),
                            SCMP_SYS(readv),
                            SCMP_SYS(pread64),
                            SCMP_SYS(lseek),
                            SCMP_SYS(fstat),
                            SCMP_SYS(poll),
                            SCMP_SYS(ppoll),
                            SCMP_SYS(recvfrom),
                            SCMP_SYS(sendto),
                            SCMP_SYS(close),
                            SCMP_SYS(munmap),
                            SCMP_SYS(mremap),
                            SCMP_SYS(brk),
                            SCMP_SYS(madvise),
                            SCMP_SYS(futex),
                            SCMP_SYS(clock_gettime),
                            SCMP_SYS(clock_nanosleep),
                            SCMP_SYS(nanosleep),
                            SCMP_SYS(gettimeofday),
                            SCMP_SYS(getrandom),
                            SCMP_SYS(sched_yield),
                            SCMP_SYS(sched_getaffinity),
                            SCMP_SYS(rt_sigreturn),
                            SCMP_SYS(rt_sigprocmask),
                            SCMP_SYS(rt_sigaction),
                            SCMP_SYS(sigaltstack),
                            SCMP_SYS(getpid),
                            SCMP_SYS(gettid),
                            SCMP_SYS(restart_syscall),
                            SCMP_SYS(exit),
                            SCMP_SYS(exit_group)};
constexpr int kDescriptorsBeside = 64;  // numbers above are of no use to it

void check(int result, const char* what) {
  if (result == 0) return;
  const int reason = result < 0 && result != -1 ? -result : errno;
  throw std::runtime_error(std::string("confinement: ") + what + ": " + std::strerror(reason));
}

void limit(int what, rlim_t most) {
  const rlimit value{most, most};
  check(::setrlimit(static_cast<__rlimit_resource_t>(what), &value), "setrlimit");
}

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};

void allow(void* filter) {
  for (const int call : kAllowed) {
    check(seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0), "a rule");
  }
  // An empty path with AT_EMPTY_PATH is how fstat() asks today. A filter cannot see the path: one
  // that is not empty passes too, links and all, and tells whether a file is there, its size and
  // its times. Nothing can be opened or read by that, and nothing but the link tells it on.
  constexpr scmp_datum_t kEmptyPath = 0x1000;
  check(seccomp_rule_add(filter,
                         SCMP_ACT_ALLOW,
                         SCMP_SYS(newfstatat),
                         1,
                         SCMP_A3(SCMP_CMP_MASKED_EQ, kEmptyPath, kEmptyPath)),
        "a rule");
  // Libraries look for files that they can do without: iconv's modules for the names in a transport
  // stream, glibc's count of cores for its arenas. They are told no, and go on.
  check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0), "a rule");
  // Memory, but none that can be run.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    check(seccomp_rule_add(filter,
                           SCMP_ACT_ALLOW,
                           call,
                           1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(PROT_EXEC), 0)),
          "a rule");
  }
}

}  // namespace

std::string confinement_absent() { return ""; }

void confine(std::size_t bytes) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  check(::prctl(PR_SET_DUMPABLE, 0), "prctl");
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, kDescriptorsBeside);
  if (HEDDLE_ADDRESS_LIMIT) limit(RLIMIT_AS, bytes);
  const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) throw std::runtime_error("confinement: no filter");
  allow(filter.get());
  check(seccomp_load(filter.get()), "the filter");
}

}  // namespace heddle::io
