// kill -9 at random moments: a command that writes files is killed while it runs, goes on with
// --resume, is killed again, and must leave the bytes of an undisturbed run in the end.
//
//   crash_and_resume MOMENTS SEED FOLDER HEDDLE WORD...
//   crash_and_resume 200 1 scratch build/release/app/heddle genome x.fa --journal-every 0.02
//
// FOLDER is emptied. The words take no -o and no --resume.

#include "tests/cli/crash.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: crash_and_resume MOMENTS SEED FOLDER HEDDLE WORD...\n");
    return 2;
  }
  heddle::CrashJob job;
  job.moments = std::atoi(argv[1]);
  job.seed = std::strtoull(argv[2], nullptr, 10);
  job.folder = argv[3];
  job.command.assign(argv + 4, argv + argc);
  const heddle::CrashCount count = heddle::crash_and_resume(job);
  std::printf(
      "kills %d, starts that went on with a journal %d, runs %d, identical %d; undisturbed %.2f "
      "s\n",
      count.kills,
      count.continued,
      count.runs,
      count.identical,
      count.seconds);
  if (!count.trouble.empty()) std::printf("TROUBLE: %s\n", count.trouble.c_str());
  return count.trouble.empty() ? 0 : 1;
}
