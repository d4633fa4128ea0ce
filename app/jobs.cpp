#include "app/jobs.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::app {

std::span<const Job> jobs() {
  static const std::vector<Job> table = {
      {"video",
       "",
       "tracking",
       "tracking-reference",
       {"mot", "jsonl", "csv", "coco", "html", "mp4"}},
      {"genome",
       "genes",
       "genes",
       "genes-tiny",
       {"gff3",
        "bed",
        "tsv",
        "faa",
        "ffn",
        "gbk",
        "bedgraph",
        "bw",
        "jsonl",
        "html",
        "sam",
        "bam",
        "cram"}},
      {"genome", "motifs", "", "", {"gff3", "bed", "tsv", "ffn", "jsonl", "html"}},
      {"genome",
       "repeats",
       "",
       "",
       {"gff3", "bed", "tsv", "bedpe", "paf", "bedgraph", "bw", "jsonl", "html"}},
  };
  return table;
}

bool Job::writes(std::string_view format) const {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

std::string Job::label() const { return task.empty() ? "heddle " + command : "--task " + task; }

const Job& job_of(std::string_view command, std::string_view task) {
  const auto found = std::find_if(jobs().begin(), jobs().end(), [&](const Job& job) {
    return job.command == command && job.task == task;
  });
  if (found != jobs().end()) return *found;
  throw std::logic_error("no job heddle " + std::string(command) + " " + std::string(task));
}

std::vector<std::string> tasks_of(std::string_view command) {
  std::vector<std::string> tasks;
  for (const Job& job : jobs()) {
    if (job.command == command && !job.task.empty()) tasks.push_back(job.task);
  }
  return tasks;
}

std::string formats_help(std::string_view command) {
  std::vector<const Job*> tasks;
  for (const Job& job : jobs()) {
    if (job.command == command) tasks.push_back(&job);
  }
  const auto common = [&](const std::string& format) {
    return std::all_of(
        tasks.begin(), tasks.end(), [&](const Job* job) { return job->writes(format); });
  };
  std::string all;
  std::string some;
  for (const Job* job : tasks) {
    if (tasks.size() > 1) some += (some.empty() ? "; " : ", ") + job->task + " also";
    for (const std::string& format : job->formats) {
      if (!common(format)) some += " " + format;
      if (common(format) && job == tasks.front()) all += (all.empty() ? "" : " ") + format;
    }
  }
  return all + some;
}

}  // namespace heddle::app
