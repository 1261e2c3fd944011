# Run as root in a system with systemd. Each line that it prints is something that the test knows.
hub="tocsin --socket /run/tocsin/tocsin.sock"
property() { systemctl show --value -p "$1" tocsin; }
say() { echo "$1: $2"; }
until_restarted() { until [ "$(property NRestarts)" -ge "$1" ] && systemctl -q is-active tocsin; do sleep 0.2; done; }

tocsin install | sed 's/^/install: /'
say 'the type' "$(property Type)"
say 'after the install' "$(systemctl is-active tocsin), $(systemctl is-enabled tocsin)"
say 'ready means that it answers' "$($hub fire story/begins '{"n": 1}' --ack durable > /dev/null && echo yes)"
say 'its user' "$(stat -c %U "/proc/$(property MainPID)")"
say 'changed by another install' "$(tocsin install 2> /dev/null | grep -cE '^(created|replaced|enabled)')"

first=$(property MainPID)
config='jobs: { programs: [sh], whole: { memory: 256MiB, processes: 20 } }'
echo "$config" > /etc/tocsin/tocsin.yaml
systemctl reload tocsin
say 'the reload' "$?"
echo 'nonsense: 1' > /etc/tocsin/tocsin.yaml
systemctl reload tocsin 2> /dev/null
say 'the reload of a bad configuration' "$?"
say 'after it' "$(systemctl is-active tocsin), $([ "$first" = "$(property MainPID)" ] && echo the same process)"
echo "$config" > /etc/tocsin/tocsin.yaml

cgroup=/sys/fs/cgroup/system.slice/tocsin.service
say 'the cgroup of the hub' "$(cat "/proc/$first/cgroup")"
say 'what jobs are ended by' "$($hub status | grep '^jobs')"
# shellcheck disable=SC2016 # The shell of the job sees to it.
$hub job run --follow --id limited sh -c "cd /sys/fs/cgroup\$(sed s/0::// /proc/self/cgroup) && echo the limits of a job: \$(cat memory.max pids.max)"
say 'the OOM score of the hub' "$(cat "/proc/$first/oom_score_adj")"
$hub job run --follow sh -c "sleep 1; echo the OOM score of a job: \$(cat /proc/self/oom_score_adj)"
# shellcheck disable=SC2016
$hub job run --follow --id leaves sh -c '(env -i setsid sleep 600 >/dev/null 2>&1 &)'
say 'what a job has left' "$($hub job show leaves | grep -o 'sleep 600 (.*)')"
$hub job run --id long sh -c 'exec sleep 600'
say 'cgroups of jobs' "$(find $cgroup -name 'job-*' | wc -l)"

kill -9 "$first"
until_restarted 1
say 'a job of the hub that was killed' "$($hub job show long | grep -o 'the hub ended while it ran')"
say 'cgroups of jobs after it' "$(find $cgroup -name 'job-*' | wc -l)"
say 'after kill -9' "$([ "$first" != "$(property MainPID)" ] && echo another process)"
say 'its events' "$($hub read story/ --from start | grep -c story/begins)"

mkdir -p /etc/systemd/system/tocsin.service.d
printf '[Service]\nWatchdogSec=15\nTimeoutAbortSec=1\n' > /etc/systemd/system/tocsin.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart tocsin
restarts=$(property NRestarts)
second=$(property MainPID)
sleep 20
say 'alive for longer than the watchdog waits' "$([ "$second" = "$(property MainPID)" ] && echo the same process)"
kill -STOP "$second"
until_restarted $((restarts + 1))
say 'after SIGSTOP' "$([ "$second" != "$(property MainPID)" ] && echo another process)"
say 'ended by the watchdog' "$(journalctl -u tocsin -o cat | grep -c 'Watchdog timeout')"

tocsin uninstall --yes | sed 's/^/uninstall: /'
say 'after the uninstall' "$(systemctl is-active tocsin)"

# The unit of the Debian package, as it is.
cp /opt/tocsin/packaging/systemd/tocsin.service /etc/systemd/system/
rm -rf /etc/systemd/system/tocsin.service.d /var/lib/tocsin
userdel tocsin
systemctl daemon-reload
systemctl start tocsin
say 'the unit of the package' "$(systemctl is-active tocsin)"
say 'it answers' "$($hub status > /dev/null && echo yes)"
say 'what its jobs are ended by' "$($hub status | grep '^jobs')"
systemctl stop tocsin
say 'after the stop' "$(property Result), $(systemctl is-active tocsin)"
