#!/bin/bash
# Installs, upgrades and removes Debian packages in a copy of this system that ends with the process, so that the
# system itself stays as it is: installed.sh FIRST.deb SECOND.deb
# Runs itself three times: to get mounts of its own, to make the copy, and in the copy.
set -euo pipefail

in_copy() {
  echo "# install"
  dpkg -i "$1"
  getent passwd tocsin
  stat -c '%U %a %n' /usr/lib/tocsin/tocsin /etc/tocsin/tocsin.yaml
  systemd-analyze verify --man=no /usr/lib/systemd/system/tocsin.service && echo "the unit is valid"
  for shell in bash-completion/completions/tocsin zsh/vendor-completions/_tocsin fish/vendor_completions.d/tocsin.fish; do
    grep -q __complete "/usr/share/$shell"
  done
  zgrep -a '^.TH' /usr/share/man/man1/tocsin.1.gz

  echo "# run"
  start
  tocsin fire demo/kept '{"bell":"rings"}' --ack durable >/dev/null
  stop

  echo "# upgrade"
  echo '# a line of the administrator' >> /etc/tocsin/tocsin.yaml
  dpkg -i "$2"
  dpkg-query -W -f '${Version}\n' tocsin
  tail -1 /etc/tocsin/tocsin.yaml
  start
  tocsin read demo/ --format json
  stop

  echo "# remove"
  dpkg -r tocsin
  ls -d /var/lib/tocsin/log /etc/tocsin/tocsin.yaml
  test -e /usr/bin/tocsin || echo "no command"

  echo "# purge"
  dpkg -P tocsin
  ls -d /var/lib/tocsin /etc/tocsin /usr/lib/tocsin 2>/dev/null || echo "nothing is left"
}

# systemd does not run in the copy, so the command line and the environment of the unit are used without it.
start() {
  local unit=/usr/lib/systemd/system/tocsin.service line
  export STATE_DIRECTORY=/var/lib/tocsin RUNTIME_DIRECTORY=/run/tocsin
  install -d -o tocsin -g tocsin -m 700 $STATE_DIRECTORY $RUNTIME_DIRECTORY
  rm -f /run/hub.log
  line=$(sed -n 's/^ExecStart=//p' $unit)
  env "$(sed -n 's/^Environment=//p' $unit)" HOME=/nonexistent \
    setpriv --reuid=tocsin --regid=tocsin --init-groups --no-new-privs bash -c "exec $line --http 127.0.0.1:0" 2>/run/hub.log &
  hub=$!
  until grep -qs 'is ready' /run/hub.log; do
    kill -0 $hub || { cat /run/hub.log; exit 1; }
    sleep 0.05
  done
  grep 'is ready' /run/hub.log
}

stop() {
  kill $hub
  wait $hub
  echo "stopped with $?"
}

case "${STEP:-}" in
'')
  STEP=mounts exec unshare --mount --pid --fork --kill-child "$0" "$@"
  ;;
mounts)
  copy=$(dirname "$1")/copy
  mkdir -p "$copy"
  mount -t tmpfs tmpfs "$copy"
  mkdir "$copy"/{changes,work,root,packages}
  cp "$@" "$copy/packages"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$copy/changes,workdir=$copy/work" "$copy/root"
  cp "$0" "$copy/packages"/* "$copy/root/root/"
  mount -t proc proc "$copy/root/proc"
  mount --rbind /dev "$copy/root/dev"
  mount -t tmpfs tmpfs "$copy/root/run"
  export STEP=copy PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C
  exec chroot "$copy/root" /bin/bash "/root/$(basename "$0")" "/root/$(basename "$1")" "/root/$(basename "$2")"
  ;;
copy)
  in_copy "$@"
  ;;
esac
