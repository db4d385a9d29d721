#!/bin/sh
# Fails a build when a change holds more memory than it may: compares the profile of this build with that of the branch
# that it goes into, and leaves a table for the pull request.
#
#   examples/ci/memory-gate.sh BEFORE AFTER [REPORT.md]
#
# With two profiles of this repository, which differ by a leak:
#
#   cd tests/data/shop-series
#   ../../../examples/ci/memory-gate.sh shopsvc-heap-20261122T131333Z.pb.gz shopsvc-heap-20261122T131546Z.pb.gz
set -eu

before=$1
after=$2
report=${3:-memory-gate.md}

# Growth counts from 5% of what was held before, and from 3 standard deviations of sampling. The code that this ends
# with is the gate's: 0 held, 1 broken, 2 a mistake, 3 a limit of the machine.
exec heapglass check --base "$before" --max-growth 5% --max-new 8MiB --sigma 3 \
    --format markdown --output "$report" --force "$after"
