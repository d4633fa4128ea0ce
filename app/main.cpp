// The executable `heddle`: its commands and its command line.

#include "app/command.h"
#include "app/config.h"
#include "app/confined_decoder.h"
#include "app/dump_config.h"
#include "app/help.h"
#include "app/interrupt.h"
#include "app/presets.h"
#include "app/program.h"
#include "app/version.h"
#include "io/network_rule.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>
#include <string>

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

int run(int argc, char** argv) {
  prepare_process();
  // Of a job of heddle serve: its connections go where the daemon's may.
  if (const char* rule = std::getenv(io::kNetworkVariable)) {
    io::limit_network(io::NetworkRule::of_text(rule));
  }
  Interrupt interrupt(end_at_once);
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
  return app::guarded([&] { return app::run(argc, argv); });
}
