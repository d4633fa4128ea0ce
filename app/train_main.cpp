// The executable `heddle-train`: heddle train over packed data, linked without the libraries that
// read videos and alignments, for machines that have none of them.

#include "app/help.h"
#include "app/program.h"
#include "app/train/training_run.h"
#include "app/version.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace heddle::app {
namespace {

int run(int argc, char** argv) {
  prepare_process();
  Interrupt interrupt(end_at_once);
  Session session{interrupt};
  CLI::App app("heddle-train: heddle train over packed data");
  app.name("heddle-train");
  app.set_version_flag("-V,--version", std::string("heddle ") + kVersion + " (" + kBuild + ")");
  app.option_defaults()->always_capture_default();
  app.formatter(std::make_shared<HelpFormatter>());
  make_train_command(app, session, {});
  return parse_and_run(app, session, argc, argv);
}

}  // namespace
}  // namespace heddle::app

int main(int argc, char** argv) {
  using namespace heddle;
  return app::guarded([&] { return app::run(argc, argv); });
}
