#!/bin/sh
# Fails a build whose heap grows too much: compares its profile with that of the target branch, and writes a table for the
# pull request.
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

# Growth counts above 5% of the base, and above 3 standard deviations of sampling. Exit codes: 0 passed, 1 exceeded, 2
# invalid input, 3 resource limit.
exec heapglass check --base "$before" --max-growth 5% --max-new 8MiB --sigma 3 \
    --format markdown --output "$report" --force "$after"
