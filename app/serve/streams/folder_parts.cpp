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

}  // namespace

FolderParts::FolderParts(std::string folder, OpenPath open, Halt& halt, InputNews news)
    : folder_(std::move(folder)), open_(std::move(open)), halt_(halt), news_(std::move(news)) {}

void FolderParts::watch() {
  FolderNews news;
  news.skipped = news_.skipped;
  news.changed = [this](const std::string& name, const FileMark& then, const FileMark& now) {
    note_changed(name, then, now);
  };
  news.gone = [this] { forget_gone(); };
  files_.emplace(folder_, std::move(news));
  const std::scoped_lock lock(mutex_);
  for (const Done& file : done_) {
    files_->leave_out(file.name);
    files_->reads(file.name, file.mark);
  }
  for (const Unfinished& file : unfinished_) files_->leave_out(file.name);
  for (const Unread& file : broken_) files_->refused(file.name, file.mark);
}

/// What was read of it stands; nobody knows whether the rest is new or the same in other words.
void FolderParts::note_changed(const std::string& name, const FileMark& then, const FileMark& now) {
  const std::int64_t more = now.size - then.size;
  const std::string what = now.node == then.node && more > 0
                               ? std::to_string(more) + " bytes more are not read"
                               : "it had " + std::to_string(then.size) + " bytes, has " +
                                     std::to_string(now.size) + ", and is not read again";
  const std::string why = "changed after it was read: " + what + "; give new data as new files";
  {
    const std::scoped_lock lock(mutex_);
    for (Done& file : done_) {
      if (file.name == name) file.mark = now;
    }
    for (File& file : in_work_) {
      if (file.name == name) file.mark = now;
    }
    std::erase_if(changed_, [&](const Unread& file) { return file.name == name; });
    changed_.push_back({name, now, name + ": " + why});
  }
  news_.changed(name, why);
}

/// The last trouble that is not over, whichever was told last.
void FolderParts::tell_what_stands() {
  std::optional<Trouble> stands;
  {
    const std::scoped_lock lock(mutex_);
    if (!broken_.empty()) {
      stands = Trouble{"file_broke", broken_.back().why};
    } else if (!changed_.empty()) {
      stands = Trouble{"file_changed", changed_.back().why};
    }
  }
  if (stands) {
    news_.stands(*stands);
  } else {
    news_.mended();
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
  if (!name) return std::nullopt;
  const std::scoped_lock lock(mutex_);  // it may have been read before, and broken
  std::erase_if(done_, [&](const Done& file) { return file.name == *name; });
  std::erase_if(broken_, [&](const Unread& file) { return file.name == *name; });
  return Unfinished{std::move(*name), 0};
}

/// Or the names of a sequencer's run would fill each checkpoint for ever.
void FolderParts::forget_gone() {
  const std::vector<std::string> gone = files_->take_gone();
  if (gone.empty()) return;
  const std::set<std::string, std::less<>> names(gone.begin(), gone.end());
  const auto among = [&names](const auto& file) { return names.contains(file.name); };
  std::size_t forgiven = 0;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(done_, among);
    forgiven = std::erase_if(broken_, among) + std::erase_if(changed_, among);
    for (File& file : in_work_) file.gone = file.gone || among(file);
  }
  if (forgiven > 0) tell_what_stands();
}

std::unique_ptr<io::Source> FolderParts::open_file(const Unfinished& file) {
  const FileMark mark = mark_of(folder_ + "/" + file.name);
  files_->reads(file.name, mark);
  {
    const std::scoped_lock lock(mutex_);
    in_work_.push_back({file.name, begun_ - file.done, -1, false, mark});
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
  {
    const std::scoped_lock lock(mutex_);
    File& file = in_work_.back();
    name = file.name;
    file.end = begun_;
    if (!error.empty()) {
      files_->refused(file.name, file.mark);
      std::erase_if(broken_, [&](const Unread& known) { return known.name == name; });
      broken_.push_back({file.name, file.mark, error});
    }
    note_done();
  }
  news_.file(name, error.empty() ? "end" : "broke");
  tell_what_stands();
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
    File& file = in_work_.front();
    if (!file.gone) done_.push_back({std::move(file.name), file.mark});
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
  snapshot(done_, unfinished, broken_, changed_);
  return snapshot.take();
}

void FolderParts::load(const std::string& bytes) {
  if (bytes.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    std::vector<Unfinished> unfinished;
    io::Snapshot snapshot(bytes);
    snapshot(done_, unfinished, broken_, changed_);
    snapshot.end();
    unfinished_.assign(unfinished.begin(), unfinished.end());
  }
  tell_what_stands();
}

}  // namespace heddle::app::serve
