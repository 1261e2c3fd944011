#!/bin/bash
# Installs what `npm run test:all` needs in addition to npm's lockfile: Debian packages, a nats-server for replicas, and
# Node 22 and 24. Says nothing if everything is installed. If it may not install, it reports what is missing; with
# CI=true that is an error. `npm test` needs none of it.
set -u
cd "$(dirname "$0")/.."

missing=()

package_present() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

absent_packages() {
  local package
  for package in nats-server python3 python3-venv mypy python3-msgpack python3-lxml faketime strace openssl curl chromium-headless-shell gcc g++ user-mode-linux busybox-static bsdutils rsyslog rsyslog-relp systemd systemd-journal-remote snmp snmpd prometheus mosquitto mosquitto-clients postgresql netconfd yangcli python3-ncclient openssh-server buildah podman runc gpg gpg-agent lldpd iproute2 dbus-daemon dbus-bin; do
    package_present "$package" || echo "$package"
  done
}

# No package may start its service during installation: a policy forbids it until this script ends.
policy=/usr/sbin/policy-rc.d
forbid_services() {
  # A policy put aside by a run that was killed is the original one.
  if [ ! -e "$policy.before-tests" ] && [ -e "$policy" ]; then mv "$policy" "$policy.before-tests"; fi
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
}
restore_services() {
  rm -f "$policy"
  if [ -e "$policy.before-tests" ]; then mv "$policy.before-tests" "$policy"; fi
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

# What was killed while it was unpacked: apt takes it for installed.
half_unpacked() { dpkg-query -W -f '${Status} ${binary:Package}\n' | sed -n 's/^[^ ]* reinstreq [^ ]* //p'; }

# Takes the lists of packages that are there, or new ones.
install_by_apt() {
  apt install --no-install-recommends "$@" 2>/dev/null ||
    { apt update && apt install --no-install-recommends "$@"; }
}

install_packages() {
  local packages halves
  mapfile -t packages < <(absent_packages)
  [ ${#packages[@]} -eq 0 ] && return
  if [ ! -e /etc/debian_version ]; then
    missing+=("${packages[*]} (this is not Debian: install them your own way)")
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    missing+=("${packages[*]} (as root: apt-get install ${packages[*]})")
    return
  fi
  echo "Installing ${#packages[@]} packages for the tests, which takes some minutes: ${packages[*]} …" >&2
  trap restore_services EXIT
  trap 'exit 130' INT TERM HUP
  forbid_services
  # An interrupted set-up leaves packages that are unpacked only, or not completely.
  [ -z "$(dpkg --audit)" ] || DEBIAN_FRONTEND=noninteractive dpkg --configure -a >&2 </dev/null
  mapfile -t halves < <(half_unpacked)
  [ ${#halves[@]} -eq 0 ] || install_by_apt --reinstall "${halves[@]}"
  install_by_apt "${packages[@]}"
  restore_services
  trap - EXIT INT TERM HUP
  mapfile -t packages < <(absent_packages)
  [ ${#packages[@]} -eq 0 ] || missing+=("${packages[*]} (apt-get could not install them)")
}

# The oldest nats-server whose replicas of a stream stay equal, and the release of Debian that has it.
oldest_for_replicas=2.10.27
release=trixie
nats_folder=.cache/nats-server

can_replicate() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n 's/^nats-server: v//p')
  [ -n "$version" ] && [ "$(printf '%s\n' "$oldest_for_replicas" "$version" | sort -V | head -n 1)" = "$oldest_for_replicas" ]
}

# Where this machine takes Debian from. The origin is known once its lists were fetched.
debian_archive() {
  local targets
  targets=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null)
  { sed -n 's/^Debian|Debian|//p' <<<"$targets"; sed -n 's/^.*|\(.*\/debian\/\)$/\1/p' <<<"$targets"; } | head -n 1
}

# Unpacks the package beside the system, which keeps its own nats-server and its own lists of packages.
unpack_nats_server() {
  local archive=$1 work=$PWD/.cache/nats-server-fetch
  rm -rf "$work" && mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/package" || return
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $release main" > "$work/sources.list"
  local options=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none)
  apt "${options[@]}" update && (cd "$work/package" && apt "${options[@]}" download nats-server) &&
    dpkg-deb -x "$work"/package/*.deb "$work/unpacked" && rm -rf "$nats_folder" && mv "$work/unpacked" "$nats_folder"
  local status=$?
  rm -rf "$work"
  return $status
}

fetch_nats_server() {
  local archive wanted="nats-server $oldest_for_replicas or newer, for clusters with replicas"
  can_replicate nats-server || can_replicate /usr/sbin/nats-server || can_replicate "$nats_folder/usr/sbin/nats-server" && return
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    missing+=("$wanted (this is not Debian: install it your own way, in PATH)")
    return
  fi
  archive=$(debian_archive)
  if [ -z "$archive" ]; then
    missing+=("$wanted (apt has no archive of Debian, from which it could be taken)")
    return
  fi
  echo "Fetching nats-server of Debian $release for the tests …" >&2
  unpack_nats_server "$archive"
  can_replicate "$nats_folder/usr/sbin/nats-server" ||
    missing+=("$wanted (it could not be fetched from the archive of Debian $release)")
}

install_node() {
  local version=$1 platform folder
  case "$(uname -sm)" in
    'Linux x86_64') platform=linux-x64 ;;
    'Linux aarch64') platform=linux-arm64 ;;
    *) missing+=("node $version (no binary for $(uname -sm) on npm)"); return ;;
  esac
  folder=.cache/node$version
  [ -x "$folder/node" ] && "$folder/node" --version >/dev/null 2>&1 && return
  echo "Fetching Node $version for the tests …" >&2
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-save --no-package-lock --no-fund --no-audit --loglevel=error \
    "node-$platform@$version" >&2 && ln -sf "node_modules/node-$platform/bin/node" "$folder/node"
  "$folder/node" --version >/dev/null 2>&1 || missing+=("node $version (npm could not fetch node-$platform@$version)")
}

install_packages
fetch_nats_server
install_node 22
install_node 24

[ ${#missing[@]} -eq 0 ] && exit 0
echo 'Missing for the tests, and those that need it will fail:' >&2
printf '  %s\n' "${missing[@]}" >&2
[ "${CI:-}" != true ]
