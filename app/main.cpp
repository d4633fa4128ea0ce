// The executable `heddle`: the command line, the only catch-all, and the exit codes.

#include "app/command.h"
#include "app/config.h"
#include "app/confined_decoder.h"
#include "app/dump_config.h"
#include "app/exit_codes.h"
#include "app/help.h"
#include "app/interrupt.h"
#include "app/presets.h"
#include "app/report.h"
#include "app/usage.h"
#include "app/version.h"
#include "attention/weights/weights_error.h"
#include "io/error.h"
#include "io/network_rule.h"

#include <CLI/CLI.hpp>
#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>

namespace heddle::app {
namespace {

constexpr char kExamples[] =
    "\nExamples:\n"
    "  heddle genome genome.fa -o genes.gff3\n"
    "  heddle genome reads.bam -O gff3,faa -o results/\n"
    "  heddle video match.mp4 -O mot,mp4 -o results/\n"
    "  heddle video match.mp4 --init 312,140,60,150 -O jsonl\n"
    "  heddle info\n\n"
    "Exit codes: 0 ok, 1 run-time error, 2 usage, 3 input, 4 some inputs failed, 5 resource, 6 "
    "model, 7 output,\n"
    "130/143 interrupted. 'heddle COMMAND --help' explains a command.\n";

/// A standard stream that the caller closed is opened the wrong way round, so that using it fails.
/// Otherwise the next file opened would take its number: messages would be written into an output.
void occupy_standard_streams() {
  for (const int stream : {0, 1, 2}) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      ::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);  // the lowest free number
    }
  }
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

int run(int argc, char** argv) {
  occupy_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an io::ClosedPipe
  std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, ends of children would be lost
  // Of a job of heddle serve: its connections go where the daemon's may.
  if (const char* rule = std::getenv(io::kNetworkVariable)) {
    io::limit_network(io::NetworkRule::of_text(rule));
  }
  Interrupt interrupt;
  Session session{interrupt};
  CLI::App app(
      "heddle: tracks through hours of video and genes in whole genomes, by sparse attention with "
      "rolling memory");
  app.name("heddle");
  app.set_version_flag("-V,--version", std::string("heddle ") + kVersion + " (" + kBuild + ")");
  declare_config(app, preset_file(argc, argv));
  app.option_defaults()->always_capture_default();
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kExamples);
  app.require_subcommand(1);
  app.fallthrough();
  for (const AddCommand add : commands()) add(app, session);
  relax_for_dump(app, argc, argv);
  app.parse_complete_callback([&app, &session] { session.config_file = config_file(app); });
  return parse_and_run(app, session, argc, argv);
}

}  // namespace
}  // namespace heddle::app

int main(int argc, char** argv) {
  using namespace heddle;
  // Hidden: a decoder of heddle serve. Before any thread is started, which its confinement forbids.
  if (const auto child = app::confined_decoder(argc, argv)) return io::run_confined_decoder(*child);
  try {
    return app::run(argc, argv);
  } catch (const app::CommandError& error) {
    app::print_error(error.what());
    return error.code();
  } catch (const io::InputError& error) {
    app::print_error(error.what());
    return app::kInput;
  } catch (const io::ClosedPipe&) {
    return app::kOutput;
  } catch (const io::OutputError& error) {
    app::print_error(error.what());
    return app::kOutput;
  } catch (const attention::WeightsError& error) {
    app::print_error(error.what());
    return app::kModel;
  } catch (const std::bad_alloc&) {
    app::print_error("out of memory; use fewer threads (-t) or a machine with more");
    return app::kResource;
  } catch (const std::exception& error) {
    app::print_error(error.what());
    return app::kRunTimeError;
  }
}
