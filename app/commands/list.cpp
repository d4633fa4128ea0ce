#include "app/command.h"

namespace heddle::app {
namespace {

constexpr AddCommand kCommands[] = {
    add_video_command,
    add_genome_command,
    add_serve_command,
    add_train_command,
    add_eval_command,
    add_bench_command,
    add_info_command,
    add_docs_command,
};

}  // namespace

std::span<const AddCommand> commands() { return kCommands; }

}  // namespace heddle::app
