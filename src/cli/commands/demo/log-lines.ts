import type { Chance } from './chance.js'
import type { DemoEvent } from './demo-event.js'

type Write = (chance: Chance) => string

/** Programs, severities and lines; those that stand more often are said more often. */
const LINES: readonly (readonly [program: string, severity: string, write: Write])[] = [
  ['nginx', 'info', (c) => `${address(c)} "GET /${path(c)} HTTP/1.1" 200 ${c.whole(200, 90_000)}`],
  ['nginx', 'info', (c) => `${address(c)} "GET /${path(c)} HTTP/1.1" 304 0`],
  ['nginx', 'info', (c) => `${address(c)} "POST /login HTTP/1.1" 302 ${c.whole(100, 900)}`],
  ['nginx', 'warning', (c) => `${address(c)} "GET /${path(c)} HTTP/1.1" 404 162`],
  ['nginx', 'error', (c) => `upstream timed out (110) while reading /${path(c)}`],
  ['sshd', 'info', (c) => `Accepted publickey for deploy from ${address(c)} port ${c.whole(1024, 65_535)}`],
  ['sshd', 'warning', (c) => `Failed password for root from ${address(c)} port ${c.whole(1024, 65_535)}`],
  ['cron', 'info', () => '(root) CMD (run-parts /etc/cron.hourly)'],
  ['systemd', 'notice', () => 'Started logrotate.service: Rotate log files'],
  ['postgres', 'info', (c) => `checkpoint complete: wrote ${c.whole(10, 9000)} buffers`],
  ['postgres', 'warning', (c) => `slow query: ${c.whole(500, 9000)} ms`],
  ['kernel', 'error', (c) => `ata${c.whole(1, 4)}.00: failed command: READ FPDMA QUEUED`],
  ['kernel', 'critical', (c) => `Out of memory: killed process ${c.whole(300, 30_000)} (java)`],
]

export function logLine(host: string, chance: Chance): DemoEvent {
  // Two of three lines are the everyday ones at the front.
  const [program, severity, write] = chance.happens(0.66)
    ? chance.pick(LINES.slice(0, 3))
    : chance.pick(LINES)
  return { tag: `log/${host}/${program}`, data: { severity, program, host, line: write(chance) } }
}

/** From the networks that are reserved for documentation. */
function address(chance: Chance): string {
  return `${chance.pick(['192.0.2', '198.51.100', '203.0.113'])}.${chance.whole(1, 254)}`
}

function path(chance: Chance): string {
  return chance.pick(['', 'cart', 'search?q=bell', 'img/logo.svg', 'api/orders', 'api/stock'])
}
