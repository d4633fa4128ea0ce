#pragma once
// Which stream's threads go first where cores are short: the kernel shares them by niceness.

namespace heddle::app::serve {

/// The calling thread, and those that it starts later, give way: priority 0 by 5 steps of niceness,
/// so that the server goes on answering; each step of priority more or less by one, within what a
/// process may do without privileges. The compute pool's threads are started first: they serve all
/// streams and keep the process's own.
void take_precedence(int priority);

}  // namespace heddle::app::serve
