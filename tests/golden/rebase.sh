#!/bin/sh
# Writes the stored outputs anew from a build: tests/golden/rebase.sh [BUILD]. Look at 'git diff' before you commit them.
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build/release}
cmake --build "$build" --target golden_tests heddle && HEDDLE_REBASE_GOLDEN=1 "$build/tests/golden/golden_tests" --gtest_brief=1
git --no-pager diff --stat -- tests/golden/stored
