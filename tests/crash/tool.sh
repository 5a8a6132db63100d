#!/bin/sh
# A step of the command worker: says in the log what it will answer, fails now and then, and answers.
cat > /dev/null
read -r nonce < /proc/sys/kernel/random/uuid
read -r now _ < /proc/uptime
printf '{"t": %s0000000, "what": "result_sent", "namespace": "%s", "workflow": "%s", "task": "%s", "key": "%s", "nonce": "%s"}\n' \
  "$(printf '%s' "$now" | tr -d .)" "$ENDURE_NAMESPACE" "$ENDURE_WORKFLOW" "$ENDURE_TASK" \
  "$ENDURE_IDEMPOTENCY_KEY" "$nonce" >> "$ENDURE_TEST_LOG"
case "$ENDURE_ATTEMPT$nonce" in
  1[0-3]*) exit 1 ;;
esac
printf '{"nonce": "%s"}\n' "$nonce"
