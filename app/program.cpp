#include "app/program.h"

#include "app/exit_codes.h"
#include "app/report.h"
#include "app/usage.h"
#include "attention/weights/weights_error.h"
#include "io/error.h"
#include "io/open_partials.h"

#include <CLI/CLI.hpp>
#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

namespace heddle::app {
namespace {

/// A standard stream that the caller closed is opened the wrong way round, so that using it fails.
/// Otherwise the next file opened would take its number: messages would be written into an output.
void occupy_standard_streams() {
  for (const int stream : {0, 1, 2}) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      ::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);  // the lowest free number
    }
  }
}

}  // namespace

void prepare_process() {
  occupy_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an io::ClosedPipe
  std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, ends of children would be lost
}

void end_at_once(bool first_signal) {
  if (first_signal) print_warning("interrupted before all was done");
  io::remove_empty_partials();
}

int parse_and_run(CLI::App& app, Session& session, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    // What a command printed may still wait in the buffer of a full disk.
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      if (errno == EPIPE) return kOutput;  // whoever reads has seen enough
      throw CommandError(kOutput, "standard output: cannot be written");
    }
    return session.exit_code;
  } catch (const CLI::Success& done) {  // --help, --version
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    print_error(usage_message(app, error));
    return kUsage;
  }
}

int guarded(const std::function<int()>& body) {
  try {
    return body();
  } catch (const CommandError& error) {
    print_error(error.what());
    return error.code();
  } catch (const io::InputError& error) {
    print_error(error.what());
    return kInput;
  } catch (const io::ClosedPipe&) {
    return kOutput;
  } catch (const io::OutputError& error) {
    print_error(error.what());
    return kOutput;
  } catch (const attention::WeightsError& error) {
    print_error(error.what());
    return kModel;
  } catch (const std::bad_alloc&) {
    print_error("out of memory; use fewer threads (-t) or a machine with more");
    return kResource;
  } catch (const std::exception& error) {
    print_error(error.what());
    return kRunTimeError;
  }
}

}  // namespace heddle::app
