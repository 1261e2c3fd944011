import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
// @ts-expect-error a script without types
import { findNatsServer } from '../../scripts/cluster/nats-server.mjs'

/** Programs and libraries from outside npm that tests use, with the Debian package of each. */
const tools = {
  strace: { package: 'strace', find: () => inPath('strace') },
  'nats-server': { package: 'nats-server', find: () => inPath('nats-server') },
  /** One whose replicas of a stream stay equal, for clusters. That of an older Debian is beside it. */
  'current nats-server': {
    package: 'nats-server of a newer release',
    find: (): string | undefined => findNatsServer(),
  },
  libfaketime: { package: 'faketime', find: () => library('faketime/libfaketime.so.1') },
  /** A Python 3 that can `import msgpack`. */
  'python3-msgpack': { package: 'python3-msgpack', find: () => pythonWith('msgpack') },
  /** A Python 3 with libxml2. */
  'python3-lxml': { package: 'python3-lxml', find: () => pythonWith('lxml') },
  /** Provides a program with a terminal. */
  script: { package: 'bsdutils', find: () => inPath('script') },
  mypy: { package: 'mypy', find: () => inPath('mypy') },
  python3: { package: 'python3', find: () => inPath('python3') },
  openssl: { package: 'openssl', find: () => inPath('openssl') },
  mount: { package: 'mount', find: () => inPath('mount') },
  promtool: { package: 'prometheus', find: () => inPath('promtool') },
  snmptrap: { package: 'snmp', find: () => inPath('snmptrap') },
  snmpinform: { package: 'snmp', find: () => inPath('snmpinform') },
  netconfd: { package: 'netconfd', find: () => inPath('netconfd') },
  yangcli: { package: 'yangcli', find: () => inPath('yangcli') },
  /** A Python 3 with ncclient. */
  'python3-ncclient': { package: 'python3-ncclient', find: () => pythonWith('ncclient') },
  sshd: { package: 'openssh-server', find: () => inPath('sshd') },
  'ssh-keygen': { package: 'openssh-client', find: () => inPath('ssh-keygen') },
  snmpd: { package: 'snmpd', find: () => inPath('snmpd') },
  lldpd: { package: 'lldpd', find: () => inPath('lldpd') },
  lldpcli: { package: 'lldpd', find: () => inPath('lldpcli') },
  ip: { package: 'iproute2', find: () => inPath('ip') },
  unshare: { package: 'util-linux', find: () => inPath('unshare') },
  'systemd-analyze': { package: 'systemd', find: () => inPath('systemd-analyze') },
  buildah: { package: 'buildah', find: () => inPath('buildah') },
  busybox: { package: 'busybox-static', find: () => inPath('busybox') },
  podman: { package: 'podman', find: () => inPath('podman') },
  runc: { package: 'runc', find: () => inPath('runc') },
  gpg: { package: 'gpg', find: () => inPath('gpg') },
  'gpg-agent': { package: 'gpg-agent', find: () => inPath('gpg-agent') },
  'apt-get': { package: 'apt', find: () => inPath('apt-get') },
  'dbus-daemon': { package: 'dbus-daemon', find: () => inPath('dbus-daemon') },
  'dbus-send': { package: 'dbus-bin', find: () => inPath('dbus-send') },
  umount: { package: 'mount', find: () => inPath('umount') },
}

export type ToolName = keyof typeof tools

/** Returns the path of the tool. Throws if it is missing: a test must not be skipped. */
export function requireTool(name: ToolName): string {
  const path = tools[name].find()
  if (path === undefined) {
    throw new Error(
      `${name} is missing. Run scripts/setup-tests.sh as root, or: apt-get install ${tools[name].package}`,
    )
  }
  return path
}

function inPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => usable(path, constants.X_OK))
}

function library(name: string): string | undefined {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
  return folders.map((folder) => join(folder, name)).find((path) => usable(path, constants.R_OK))
}

function pythonWith(module: string): string | undefined {
  return ['/usr/bin/python3', inPath('python3')].find(
    (python) => python !== undefined && spawnSync(python, ['-c', `import ${module}`]).status === 0,
  )
}

function usable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
