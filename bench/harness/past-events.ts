import { createHash } from 'node:crypto'

/** An event of a web server on one of many hosts, as a source stores it. */
export interface PastEvent {
  readonly tag: string
  readonly data: PastData
}

export interface PastData {
  readonly severity: string
  readonly host: string
  readonly message: string
  readonly fields: Readonly<Record<string, string | number>>
}

/** Hosts report in bursts, as they do. */
const HOSTS = 500
const BURST = 400
/** Addresses, of which each makes about as many requests as the others. */
const ADDRESSES = 100_000
const PATHS = ['/', '/login', '/cart', '/cart/checkout', '/api/items', '/api/items/search', '/static/app.js']
const STATUSES = [200, 200, 200, 200, 200, 304, 301, 404, 401, 500]

export const NEEDLE = addressOf(4711)
export const HOST = hostOf(77)
export const HOST_TAG = `syslog/net/${HOST}/`
export const STATUS = 401
/** In one of a thousand events. */
export const WORD = 'segfault'

/** The same events in each run. */
export function pastEvent(nth: number): PastEvent {
  const random = numbers(nth)
  const host = hostOf((Math.floor(nth / BURST) * 77) % HOSTS)
  const remote = addressOf(random(ADDRESSES))
  const status = STATUSES[random(STATUSES.length)]
  const path = PATHS[random(PATHS.length)]
  const bytes = random(50_000)
  const agent =
    random(1000) === 0 ? `worker ${random(64)} ended with ${WORD}` : `Mozilla/5.0 (X11; rv:${random(140)}.0)`
  return {
    tag: `syslog/net/${host}/nginx`,
    data: {
      severity: status >= 500 ? 'err' : 'info',
      host,
      message: `${remote} "GET ${path} HTTP/1.1" ${status} ${bytes} "${agent}"`,
      fields: { remote, method: 'GET', path, status, bytes },
    },
  }
}

function hostOf(nth: number): string {
  return `web-${nth}.example.net`
}

function addressOf(nth: number): string {
  const [a, b, c] = createHash('md5').update(String(nth)).digest()
  return `10.${a}.${b}.${c}`
}

/** Returns a generator of numbers below a limit. */
function numbers(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
