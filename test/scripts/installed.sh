#!/bin/bash
# Installs, upgrades and removes Debian packages in a copy of this system that ends with the process, so that the
# system itself stays as it is: installed.sh FIRST.deb SECOND.deb
# Runs itself three times: to get mounts of its own, to make the copy, and in the copy.
set -euo pipefail

in_copy() {
  echo "# install"
  dpkg -i "$1"
  getent passwd tocsin
  stat -c '%U %a %n' /usr/lib/tocsin/{tocsin,xpath-thread.cjs,hub.cjs.cache} /etc/tocsin/tocsin.yaml /etc/tocsin/bridge.yaml /etc/tocsin/bridge-keys
  systemd-analyze verify --man=no /usr/lib/systemd/system/tocsin{,-bridge}.service && echo "the units are valid"
  for shell in bash-completion/completions/tocsin zsh/vendor-completions/_tocsin fish/vendor_completions.d/tocsin.fish; do
    grep -q __complete "/usr/share/$shell"
  done
  zgrep -a '^.TH' /usr/share/man/man1/tocsin.1.gz

  echo "# run"
  start
  tocsin fire demo/kept '{"bell":"rings"}' --ack durable >/dev/null
  tocsin token add me --see demo/ >/dev/null
  echo 'correct horse' | tocsin token password me && echo "has hashed a password"
  stop

  echo "# bridge"
  openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out /etc/tocsin/bridge-keys/nas1.pub 2>/dev/null
  run tocsin-bridge nobody /var/lib/tocsin-bridge --bind 127.0.0.1:0
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
  ls -d /var/lib/tocsin/log /etc/tocsin/tocsin.yaml /etc/tocsin/bridge-keys/nas1.pub
  test -e /usr/bin/tocsin || echo "no command"

  echo "# purge"
  dpkg -P tocsin
  ls -d /var/lib/tocsin /var/lib/tocsin-bridge /etc/tocsin /usr/lib/tocsin 2>/dev/null || echo "nothing is left"
}

start() {
  export RUNTIME_DIRECTORY=/run/tocsin
  install -d -o tocsin -g tocsin -m 700 $RUNTIME_DIRECTORY
  run tocsin tocsin /var/lib/tocsin --http 127.0.0.1:0
}

# systemd does not run in the copy, so the command line and the environment of the unit are used without it:
# run UNIT USER STATE_DIRECTORY OPTION...
run() {
  local unit=/usr/lib/systemd/system/$1.service user=$2 line
  export STATE_DIRECTORY=$3
  shift 3
  install -d -o "$user" -g "$(id -gn "$user")" -m 700 $STATE_DIRECTORY
  rm -f /run/service.log
  line=$(sed -n 's/^ExecStart=//p' $unit)
  env "$(sed -n 's/^Environment=//p' $unit)" HOME=/nonexistent \
    setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --no-new-privs bash -c "exec $line $*" 2>/run/service.log &
  service=$!
  until grep -qs 'is ready' /run/service.log; do
    kill -0 $service || { cat /run/service.log; exit 1; }
    sleep 0.05
  done
  cat /run/service.log
}

stop() {
  kill $service
  wait $service
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
