#!/bin/sh
# Fails a deploy whose heap grows too much: compares two windows of a profile store, the minutes before the deploy and the
# minutes after it, per process.
#
#   examples/ci/deploy-gate.sh STORE SERVICE DEPLOYED [REPORT.md]
#
#   examples/ci/deploy-gate.sh pyroscope+https://profiles-prod-001.grafana.net cart 2026-11-28T19:37:30Z
#
# STORE is the address without a query. HEAPGLASS_HEADERS may have one header, such as `Authorization: Bearer $TOKEN`, whose
# secret is read from the variable. WARMUP seconds after the deploy are left out (60), MINUTES are compared (10). It needs
# GNU date.
set -eu

store=$1
service=$2
deployed=$3
report=${4:-deploy-gate.md}
warmup=${WARMUP:-60}
minutes=${MINUTES:-10}

at=$(date -u -d "$deployed" +%s)
stamp() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
before=$(stamp $((at - minutes * 60)))..$(stamp "$at")
after=$(stamp $((at + warmup)))..$(stamp $((at + warmup + minutes * 60)))

# Growth counts above 5% of the base, and above 3 standard deviations of sampling. Exit codes: 0 passed, 1 exceeded, 2
# no data or an invalid input, 3 resource limit.
set -- "$store?query={service_name=\"$service\"}&from=$((at - minutes * 60))&until=$((at + warmup + minutes * 60))" \
    --base-window "$before" --window "$after" --per instance \
    --max-growth 5% --max-new 8MiB --sigma 3 --format markdown --output "$report" --force
if [ -n "${HEAPGLASS_HEADERS:-}" ]; then
    set -- "$@" --header "$HEAPGLASS_HEADERS"
fi
exec heapglass check "$@"
