#pragma once
// The settings of the one-object tracker, by name. Lengths in shares of the object's scale
// S = sqrt(w * h) unless said otherwise.

#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

enum class MemoryUse {
  kAll,        // first frame, recent frames, long-term frames
  kFirstOnly,  // the ablation: no recent, no long-term, and a lost object ends
};

struct FollowSettings {
  MemoryUse memory = MemoryUse::kAll;

  // Visibility, all probabilities.
  double visible = 0.5;           // a tracked object's peak must reach this
  double reacquire = 0.6;         // a lost object's peak must reach this
  double remember = 0.6;          // frames below this are not written to memory
  double drop = 0.88;             // share of its usual peak below which the object counts as hidden
  int doubt_frames = 3;           // in a row, before it does
  double reacquire_share = 0.92;  // share of its usual peak a returning object must reach
  double reacquire_fade = 0.004;  // of that share, a frame while lost: looks change unseen
  double remember_share = 0.93;   // share of its usual peak a remembered frame must reach

  // Memory, in frames.
  int remember_every = 3;
  int remember_after = 20;  // and not before so long after a return: it may be something else
  int long_every = 5;       // of the remembered frames, one goes to the long-term tier

  // Motion.
  double sigma = 0.12;         // of the prior, half crops
  double sigma_growth = 0.03;  // a frame while lost
  int step_back = 3;  // frames before it was lost that its way is continued from: it was covered
                      // in part by then
  double velocity_fade = 0.92;
  double velocity_gain = 0.4;
  double size_gain = 0.4;     // exponent: how fast the box follows a new size
  int search_wide_every = 2;  // of the looks for a lost object, one is wide
  int roam_after = 60;        // lost frames after which every second look roams over the frame

  // What a lost object may cost, in frames since it was last seen.
  int rest_after = 300;  // then only every rest_every-th frame is looked at
  int rest_every = 10;
  int end_after = 9000;  // then it ends: five minutes at 30 frames a second

  // Where the object may be found.
  double gate = 0.8;
  double gate_growth = 0.06;  // a frame while lost

  // Look-alikes.
  int scan_every = 3;          // frames between wide looks while tracked, with look-alikes about
  int scan_idle_every = 12;    // and without; a multiple of scan_every
  double rival_visible = 0.5;  // a look-alike's peak must reach this
  double rival_share = 0.9;    // and this share of the object's usual peak: as like as itself
  int rival_hits = 3;          // sights that make a look-alike
  int contradictions = 3;      // looks after which the truer of two places is believed
  double rival_gate = 0.8;
};

/// "cautious", the default: measures a peak against the object's usual one, so it says 'lost'
/// earlier and writes less to memory. "final": holds on longer, and sometimes to what hides the
/// object. README.md has both measured. Throws std::invalid_argument naming the known presets.
FollowSettings follow_preset(std::string_view name);
std::vector<std::string> follow_presets();

}  // namespace heddle::pipeline
