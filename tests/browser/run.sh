#!/bin/sh
# usage: run.sh HEDDLE PICTURES
# The browser test with Debian's packages, or a line that says which are missing (exit code 77: skipped).
# PICTURES: a folder for the screenshots.
set -eu
missing=
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import selenium' 2>/dev/null || missing="$missing python3-selenium"
[ -x /usr/bin/chromium ] || missing="$missing chromium"
[ -x /usr/bin/chromedriver ] || missing="$missing chromium-driver"
if [ -n "$missing" ]; then
  echo "skipped: the live page is not tested without$missing (configs/install_deps.sh configs/deps-dev.txt)"
  exit 77
fi
HEDDLE=$1 PICTURES=$2 exec /usr/bin/python3 -B "$(dirname "$0")/page_test.py" -v
