#pragma once
// How long the threads that are inside a stage now have computed there: it grows while they do,
// however long one item takes, and stands still where they wait for each other or for what never
// comes. Threads: any.

#include <ctime>
#include <list>
#include <mutex>

namespace heddle::pipeline {

class AtWork {
  struct Place {
    clockid_t clock;   // the thread's own
    double begun = 0;  // by it
  };

 public:
  /// The calling thread is inside, for as long as this lives.
  class Here {
   public:
    explicit Here(AtWork& all);
    ~Here();
    Here(const Here&) = delete;
    Here& operator=(const Here&) = delete;

   private:
    AtWork& all_;
    std::list<Place>::iterator place_;
  };

  /// Of CPU time, by those that are inside.
  double seconds() const;

 private:
  mutable std::mutex mutex_;
  std::list<Place> places_;
};

}  // namespace heddle::pipeline
