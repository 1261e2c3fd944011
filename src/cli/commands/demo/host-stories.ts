import type { Chance } from './chance.js'
import { type DemoEvent, eventOf, type Simulated } from './demo-event.js'

/** The events that the sources of a host report: programs, the kernel, units, containers and packages. */

const UNITS = ['nginx', 'postgresql', 'redis', 'node-exporter', 'backup']
const IMAGES = ['shop:4.2', 'search:1.9', 'mail:2.0']

const SYSTEMS = [
  { os: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1.0-31-amd64' },
  { os: 'Debian GNU/Linux 13 (trixie)', kernel: '6.12.9-amd64' },
  { os: 'Ubuntu 24.04.2 LTS', kernel: '6.8.0-53-generic' },
]
const GIB = 2 ** 30

/** The description that a hub sends of its host when it starts. */
export function description(host: string, chance: Chance): DemoEvent {
  return eventOf('host.system', `host/${host}/system/facts`, {
    hostname: host,
    ...chance.pick(SYSTEMS),
    architecture: 'x64',
    processors: chance.pick([2, 4, 8, 32]),
    memory: chance.pick([4, 8, 16, 64]) * GIB,
    uptime: chance.whole(3600, 8_000_000),
  })
}

export function journalEntry({ host, chance }: Simulated): DemoEvent[] {
  const unit = chance.pick(UNITS)
  const [severity, message] = chance.pick([
    ['info', `Started ${unit}.service`],
    ['info', `${unit}: ${chance.whole(1, 900)} connections are open`],
    ['notice', `Reloaded ${unit}.service`],
    ['warning', `${unit}: slow answer, ${chance.whole(500, 9000)} ms`],
  ] as const)
  const data = { severity, message, identifier: unit, pid: chance.whole(300, 30_000), host }
  return [
    eventOf('host.journal.entry', `host/${host}/journal/system/${unit}.service`, {
      ...data,
      unit: `${unit}.service`,
      transport: 'journal',
    }),
  ]
}

/** The kernel ends a program, whose unit fails; systemd starts it again. */
export function failedUnit({ host, chance }: Simulated): DemoEvent[] {
  const name = chance.pick(UNITS)
  const unit = `${name}.service`
  const pid = chance.whole(300, 30_000)
  const about = { unit, description: `The service ${name}` }
  return [
    eventOf('host.kernel.message', `host/${host}/kernel/kern`, {
      severity: 'crit',
      facility: 'kern',
      number: chance.whole(1000, 9000),
      message: `Out of memory: Killed process ${pid} (${name})`,
    }),
    eventOf('host.unit', `host/${host}/systemd/${unit}/failed`, {
      ...about,
      action: 'failed',
      severity: 'err',
      state: 'failed',
      detail: 'failed',
      result: 'oom-kill',
      code: 9,
    }),
    eventOf('host.unit', `host/${host}/systemd/${unit}/restarted`, {
      ...about,
      action: 'restarted',
      severity: 'warning',
      state: 'active',
      detail: 'running',
      restarts: chance.whole(1, 5),
    }),
  ]
}

export function kernelMessage({ host, chance }: Simulated): DemoEvent[] {
  const device = chance.pick(['eth0', 'eth1', 'eno1'])
  const [severity, message] = chance.pick([
    ['info', `${device}: link becomes ready`],
    ['warning', `TCP: request_sock_TCP: Possible SYN flooding on port ${chance.whole(80, 9000)}`],
    ['err', `I/O error, dev sda, sector ${chance.whole(1000, 900_000)}`],
  ] as const)
  const number = chance.whole(1000, 9000)
  return [
    eventOf('host.kernel.message', `host/${host}/kernel/kern`, {
      severity,
      facility: 'kern',
      number,
      message,
    }),
  ]
}

/** A container starts. It may end with an error and start again. */
export function container({ host, chance }: Simulated): DemoEvent[] {
  const image = chance.pick(IMAGES)
  const name = `${image.split(':', 1)[0]}-${chance.whole(1, 9)}`
  const about = { name, image, id: `c0ffee${String(chance.whole(100_000, 999_999))}` }
  const tag = `host/${host}/containers/${name}`
  const start = () =>
    eventOf('host.container', `${tag}/start`, { action: 'start', ...about, severity: 'info' })
  if (chance.happens(0.5)) return [start()]
  return [
    start(),
    eventOf('host.container', `${tag}/health`, {
      action: 'health',
      ...about,
      health: 'unhealthy',
      severity: 'err',
    }),
    eventOf('host.container', `${tag}/die`, { action: 'die', ...about, code: 137, severity: 'warning' }),
    start(),
  ]
}

/** Kubernetes places a pod on the host, which may not start. */
export function pod({ host, chance }: Simulated): DemoEvent[] {
  const app = chance.pick(IMAGES).split(':', 1)[0]
  const object = `${app}-${chance.whole(1_000_000, 9_999_999).toString(16)}`
  const tell = (reason: string, message: string, isWarning = false) =>
    eventOf('kubernetes.event', `kubernetes/main/shop/Pod/${reason}`, {
      reason,
      message,
      type: isWarning ? 'Warning' : 'Normal',
      severity: isWarning ? 'warning' : 'info',
      namespace: 'shop',
      kind: 'Pod',
      object,
      node: host,
    })
  const placed = tell('Scheduled', `Successfully assigned shop/${object} to ${host}`)
  if (chance.happens(0.7)) return [placed, tell('Started', `Started container ${app}`)]
  return [placed, tell('BackOff', `Back-off restarting failed container ${app}`, true)]
}

/** A package is upgraded with apt on a few hosts. */
export function upgrade({ chance, hosts }: Simulated): DemoEvent[] {
  const name = chance.pick(['openssl', 'nginx', 'linux-image-amd64', 'curl', 'tzdata'])
  const patch = chance.whole(1, 8)
  const about = {
    package: name,
    architecture: 'amd64',
    version: `3.0.${patch + 1}-1`,
    severity: 'info',
    command: 'apt-get -y upgrade',
    user: 'deploy',
  } as const
  const first = chance.whole(0, hosts.length - 1)
  return hosts.slice(first, first + chance.whole(1, 4)).flatMap((host) => [
    eventOf('host.package', `host/${host}/packages/${name}/upgrade`, {
      action: 'upgrade',
      from: `3.0.${patch}-1`,
      ...about,
    }),
    eventOf('host.package', `host/${host}/packages/${name}/configure`, { action: 'configure', ...about }),
  ])
}

/** A command that is run at intervals. */
export function command({ host, chance }: Simulated): DemoEvent[] {
  const tag = `host/${host}/exec/backup`
  const isBad = chance.happens(0.2)
  const line = isBad
    ? ({ stream: 'stderr', line: 'backup: no space left at backup01:/srv' } as const)
    : ({ stream: 'stdout', line: `${chance.whole(100, 9000)} files copied` } as const)
  return [
    eventOf('host.exec.line', `${tag}/line`, line),
    eventOf('host.exec.exit', `${tag}/exit`, {
      code: isBad ? 1 : 0,
      seconds: chance.whole(2, 90),
      lines: 1,
      severity: isBad ? 'err' : 'info',
    }),
  ]
}

/** A line that was appended to a file, and the use of the disk that it is on. */
export function fileLine({ host, chance }: Simulated): DemoEvent[] {
  const used = chance.whole(20, 98)
  const GiB = 2 ** 30
  return [
    eventOf('host.file.line', `host/${host}/files/app/line`, {
      file: '/var/log/app/orders.log',
      line: `order ${chance.whole(10_000, 99_999)} was paid`,
      offset: chance.whole(0, 1_000_000),
    }),
    eventOf('host.disk', `host/${host}/system/disk/%2Fvar`, {
      mount: '/var',
      device: '/dev/sda2',
      filesystem: 'ext4',
      total: 100 * GiB,
      used: used * GiB,
      available: (100 - used) * GiB,
      usedPercent: used,
      inodesUsedPercent: chance.whole(1, 20),
      level: used >= 90 ? 1 : 0,
    }),
  ]
}

export function snapshot({ host, chance }: Simulated): DemoEvent[] {
  const dataset = `tank/${chance.pick(['home', 'mail', 'www'])}`
  const tag = `host/${host}/sysadm/life-preserver`
  const isBad = chance.happens(0.2)
  return [
    eventOf('sysadm.life_preserver', `${tag}/snapshot`, {
      class: 'snapshot',
      message: `New snapshot of ${dataset}`,
      priority: '1 - Information',
    }),
    eventOf('sysadm.life_preserver', `${tag}/replication`, {
      class: 'replication',
      message: `${isBad ? 'Replication Failed' : 'Finished replication'} for ${dataset}`,
      priority: isBad ? '7 - Critical' : '1 - Information',
    }),
  ]
}
