#include "app/command.h"
#include "app/dump_config.h"
#include "app/report.h"
#include "app/serve/http/listen.h"
#include "app/serve/service.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

using serve::ServeOptions;

void declare_access(CLI::App& app, ServeOptions& options) {
  app.add_option("--socket",
                 options.socket,
                 "unix socket, for this user alone; without it $XDG_RUNTIME_DIR/heddle.sock, or "
                 "/tmp/heddle-UID.sock where that variable is not set")
      ->type_name("PATH");
  app.add_option("--listen",
                 options.listen,
                 "also TCP: 127.0.0.1:8080, [::1]:0 (any free port); beyond this machine only with "
                 "--token-file; may be repeated")
      ->allow_extra_args(false)
      ->type_name("ADDRESS");
  app.add_option("--token-file",
                 options.token_file,
                 "file whose first line clients must give as Authorization: Bearer")
      ->type_name("FILE");
  app.add_option("--allow",
                 options.allow,
                 "folder below which clients may have files read and written; may be repeated; "
                 "without it the working folder")
      ->allow_extra_args(false)
      ->type_name("FOLDER");
  app.add_option("--allow-url",
                 options.allow_url,
                 "addresses that may be opened begin like this: rtsp://camera.lan, https://, "
                 "device:0; without a host only public ones; may be repeated")
      ->allow_extra_args(false)
      ->type_name("PREFIX");
}

void declare_limits(CLI::App& app, ServeOptions& options) {
  app.add_option("--streams", options.streams, "streams that may run at once")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  app.add_option(
         "--stream-memory", options.stream_memory, "bytes that one stream may ask for at most")
      ->check(CLI::Range(std::size_t{1} << 20, std::size_t{1} << 50))
      ->type_name("BYTES");
  app.add_option("--jobs", options.jobs, "batch jobs that run at once, each a process")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  app.add_option("--connections", options.connections, "open connections, event streams too")
      ->check(CLI::Range(16, 100000))
      ->type_name("N");
  app.add_option("--connections-an-address",
                 options.connections_an_address,
                 "of these, from one address, beside event streams")
      ->check(CLI::Range(1, 100000))
      ->type_name("N");
  app.add_option("--state",
                 options.state,
                 "folder for what outlives the daemon: streams with their checkpoints, jobs; "
                 "without it both end with the daemon")
      ->type_name("FOLDER");
  app.add_option("--drain-seconds",
                 options.drain_seconds,
                 "how long a shutdown may take to bring streams and jobs to a safe point")
      ->check(CLI::Range(0, 3600))
      ->type_name("S");
}

void declare_running(CLI::App& app, ServeOptions& options) {
  app.add_option("-t,-@,--threads",
                 options.run.threads,
                 "threads of the streams together, and of each job that names none; 0: every core "
                 "this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  app.add_option("-d,--device", options.run.device, "auto, or a back end that heddle info names")
      ->type_name("NAME");
  app.add_option(
         "--isolate",
         options.isolate,
         "decode video in confined processes of its own: on, off, or where it can be (auto)")
      ->check(CLI::IsMember({"auto", "on", "off"}))
      ->type_name("WHEN");
  app.add_option("--video-model", options.video_model, "model of video streams (see heddle info)")
      ->type_name("MODEL");
  app.add_option(
         "--genome-model", options.genome_model, "model of genome streams (see heddle info)")
      ->type_name("MODEL");
  app.add_option("--log", options.run.log, "add all messages to this file")->type_name("FILE");
  app.add_flag("-q,--quiet", options.run.quiet, "only errors on standard error");
  app.add_flag("-v,--verbose", options.run.verbose, "more on standard error");
  app.add_flag(
      "--dump-config", options.run.dump_config, "print the options as a file for -c, and stop");
}

}  // namespace

void add_serve_command(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "serve", "a daemon for live streams and batch jobs: HTTP API, events, metrics, live page");
  auto options = std::make_shared<ServeOptions>();
  declare_access(*command, *options);
  declare_limits(*command, *options);
  declare_running(*command, *options);
  command->footer(
      "\nExamples:\n"
      "  heddle serve --listen 127.0.0.1:8080\n"
      "  heddle serve --allow /data --allow-url rtsp://camera.lan/ --state /var/lib/heddle\n"
      "  curl --unix-socket $XDG_RUNTIME_DIR/heddle.sock http://localhost/v1/info");
  command->callback([options, command, &app, &session] {
    if (options->run.dump_config) return print_result(config_of(*command));
    options->run.progress = "none";
    if (options->socket.empty()) options->socket = serve::default_socket();
    if (options->allow.empty()) options->allow.emplace_back(".");
    session.exit_code = serve::run_service(*options, session, command_text(app));
  });
}

}  // namespace heddle::app
