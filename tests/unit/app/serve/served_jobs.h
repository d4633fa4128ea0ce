#pragma once
// Jobs of a daemon in a folder of their own, with a script in the place of heddle.

#include "app/serve/api/error.h"
#include "app/serve/jobs/queue.h"
#include "tests/shell.h"
#include "tests/unit/app/serve/program_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace heddle::app::serve {

class ServedJobs : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::canonical(fresh_folder("jobs"));
    std::ofstream(folder_ / "in.fa") << ">a\nACGT\n";
    confinement_ = std::make_unique<Confinement>(std::vector<std::string>{folder_.string()},
                                                 std::vector<std::string>{"http://host/"});
    options_ = std::make_unique<CommandOptions>(program(), *confinement_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  nlohmann::json asked(const nlohmann::json& options = nlohmann::json::object()) const {
    return {{"command", "genome"},
            {"inputs", {(folder_ / "in.fa").string()}},
            {"output", (folder_ / "out.gff3").string()},
            {"options", options}};
  }
  JobSpec parsed(const nlohmann::json& job) const {
    return parse_job(job, *confinement_, *options_);
  }
  std::string code_of(const nlohmann::json& job) const {
    try {
      parsed(job);
      return "";
    } catch (const ApiError& error) {
      return error.code();
    }
  }
  /// A program that stands in for heddle.
  std::string script(const std::string& body) const {
    const std::filesystem::path file = folder_ / "heddle";
    std::ofstream(file) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.string();
  }
  /// Events of a job until its end, by the log alone.
  static std::vector<Event> events_of(BatchJob& job) {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    const auto look = [&] {
      const std::scoped_lock lock(mutex);
      over = job.events().after(0).ended;
      changed.notify_all();
    };
    const int listener = job.events().add_listener(look);
    look();
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&over] { return over; });
    }
    job.events().remove_listener(listener);
    return job.events().after(0).events;
  }
  JobQueueOptions settings(const std::string& body) const {
    JobQueueOptions made;
    made.program = script(body);
    made.state_folder = (folder_ / "state").string();
    return made;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Confinement> confinement_;
  std::unique_ptr<CommandOptions> options_;
};

}  // namespace heddle::app::serve
