#include "app/serve/streams/folder_parts.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {
namespace {

/// A source without its first sequences.
class Rest final : public io::Source {
 public:
  Rest(std::unique_ptr<io::Source> source, std::int64_t skip)
      : source_(std::move(source)), skip_(skip) {}
  const io::SourceInfo& info() const override { return source_->info(); }
  std::int64_t position() const override { return source_->position(); }
  std::optional<io::Sample> next() override {
    auto sample = source_->next();
    while (sample && skip_ > 0) {
      if (std::get<io::Sequence>(*sample).last) --skip_;
      sample = source_->next();
    }
    return sample;
  }

 private:
  std::unique_ptr<io::Source> source_;
  std::int64_t skip_;
};

std::string_view why_passed(PassedOver what) {
  switch (what) {
    case PassedOver::kLink:
      return "a symbolic link is not followed; move or copy the file into the folder";
    case PassedOver::kOtherKind:
      return "its name is not that of a file of sequences (.fastq .fq .fasta .fa .fna .sam .bam "
             ".cram .gb .gbk .gbff, also with .gz)";
    case PassedOver::kChangedLater:
      return "it was changed after it was given to be read, and what is new in it is not read; "
             "give "
             "that as a file of another name";
  }
  return "";
}

}  // namespace

FolderParts::FolderParts(std::string folder, OpenPath open, Halt& halt, InputNews news)
    : folder_(std::move(folder)), open_(std::move(open)), halt_(halt), news_(std::move(news)) {}

void FolderParts::watch() {
  files_.emplace(folder_, [this](const std::string& name, PassedOver what) {
    news_.skipped(name, std::string(why_passed(what)));
  });
  const std::scoped_lock lock(mutex_);
  for (const std::string& name : done_) files_->leave_out(name);
  for (const Unfinished& file : unfinished_) files_->leave_out(file.name);
  for (const Broken& file : broken_) {
    files_->refused(file.name, file.mark);
    if (file.mark != mark_of(folder_ + "/" + file.name)) continue;  // it is read anew
    news_.trouble(
        {"file_broke",
         file.name +
             ": could not be read whole before the restart, and has not been changed since"});
  }
}

std::optional<FolderParts::Unfinished> FolderParts::next_file() {
  if (!files_) watch();
  if (const std::scoped_lock lock(mutex_); !unfinished_.empty()) {
    Unfinished file = std::move(unfinished_.front());
    unfinished_.pop_front();
    return file;
  }
  auto name = files_->next(halt_, news_.waits);
  forget_gone();
  if (!name) return std::nullopt;
  const std::scoped_lock lock(mutex_);  // it may have been read before, and broken
  std::erase(done_, *name);
  std::erase_if(broken_, [&](const Broken& file) { return file.name == *name; });
  return Unfinished{std::move(*name), 0};
}

/// Or the names of a sequencer's run would fill each checkpoint for ever.
void FolderParts::forget_gone() {
  const std::vector<std::string> gone = files_->take_gone();
  if (gone.empty()) return;
  const std::set<std::string, std::less<>> names(gone.begin(), gone.end());
  const std::scoped_lock lock(mutex_);
  std::erase_if(done_, [&](const std::string& name) { return names.contains(name); });
  std::erase_if(broken_, [&](const Broken& file) { return names.contains(file.name); });
  for (File& file : in_work_) file.gone = file.gone || names.contains(file.name);
}

std::unique_ptr<io::Source> FolderParts::open_file(const Unfinished& file) {
  {
    const std::scoped_lock lock(mutex_);
    in_work_.push_back(
        {file.name, begun_ - file.done, -1, false, mark_of(folder_ + "/" + file.name)});
  }
  news_.file(file.name, "begin");
  auto source = open_(folder_ + "/" + file.name, halt_.descriptor());
  if (file.done == 0) return source;
  return std::make_unique<Rest>(std::move(source), file.done);
}

std::unique_ptr<io::Source> FolderParts::next() {
  while (const auto file = next_file()) {
    try {
      return open_file(*file);
    } catch (const std::runtime_error& error) {
      if (halt_.raised()) return nullptr;
      go_on(error.what());
    }
  }
  return nullptr;
}

bool FolderParts::go_on(const std::string& error) {
  if (!error.empty()) news_.trouble({"file_broke", error});
  std::string name;
  bool whole = false;  // all of them
  {
    const std::scoped_lock lock(mutex_);
    File& file = in_work_.back();
    name = file.name;
    file.end = begun_;
    if (!error.empty()) {
      files_->refused(file.name, file.mark);
      broken_.push_back({file.name, file.mark});
    }
    whole = broken_.empty();
    note_done();
  }
  news_.file(name, error.empty() ? "end" : "broke");
  if (whole) news_.mended();
  return true;
}

void FolderParts::settled(std::int64_t sequences) {
  const std::scoped_lock lock(mutex_);
  settled_ = sequences;
  note_done();
}

/// mutex_ is held.
void FolderParts::note_done() {
  while (!in_work_.empty() && in_work_.front().end >= 0 && in_work_.front().end <= settled_) {
    if (!in_work_.front().gone) done_.push_back(std::move(in_work_.front().name));
    in_work_.pop_front();
  }
}

std::string FolderParts::save() {
  const std::scoped_lock lock(mutex_);
  std::vector<Unfinished> unfinished;
  for (const File& file : in_work_) {
    unfinished.push_back({file.name, std::max<std::int64_t>(0, settled_ - file.first)});
  }
  for (const Unfinished& file : unfinished_) unfinished.push_back(file);
  io::Snapshot snapshot;
  snapshot(done_, unfinished, broken_);
  return snapshot.take();
}

void FolderParts::load(const std::string& bytes) {
  if (bytes.empty()) return;
  const std::scoped_lock lock(mutex_);
  std::vector<Unfinished> unfinished;
  io::Snapshot snapshot(bytes);
  snapshot(done_, unfinished, broken_);
  snapshot.end();
  unfinished_.assign(unfinished.begin(), unfinished.end());
}

}  // namespace heddle::app::serve
