const POWERS = 'BKMGTPE'
const MAX_REST = 4096

/** The totals of the output that are kept across restarts. */
export interface SendTotals {
  total?: string
  last?: string
}

/** Reads the output of `zfs send -v`. */
export class SendProgress {
  #rest = ''
  #total: string | undefined
  #last: string | undefined

  constructor({ total, last }: SendTotals = {}) {
    this.#total = total
    this.#last = last
  }

  get totals(): SendTotals {
    return { total: this.#total, last: this.#last }
  }

  /** Returns the newest progress that the text tells, such as `Replicating tank: 55.5M/100M (55.5%)`. */
  add(text: string): string | undefined {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()?.slice(0, MAX_REST) ?? ''
    let newest: string | undefined
    for (const line of lines) newest = this.#line(line) ?? newest
    return newest
  }

  #line(line: string): string | undefined {
    const total = /total estimated size is (\S+)/.exec(line)
    if (total) {
      this.#total = total[1]
      this.#last = undefined
    }
    const progress = /^\d\d:\d\d:\d\d\s+(\S+)\s+([^\s/@]+)/.exec(line)
    if (!progress || progress[1] === this.#last) return undefined
    const [, size, pool] = progress
    this.#last = size
    return `Replicating ${pool}: ${size}/${this.#total ?? '??'}${share(size, this.#total)}`
  }
}

/** Returns ` (55.5%)`; nothing if one of the sizes is not known. */
function share(size: string, total: string | undefined): string {
  const [part, whole] = [bytesOf(size), bytesOf(total ?? '')]
  if (part === undefined || !whole) return ''
  // Rounded down: a replication that runs is never complete. The sizes have at most three digits.
  return ` (${Math.floor((part * 1000) / whole + 1e-9) / 10}%)`
}

function bytesOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([BKMGTPE]?)$/.exec(text)
  return match ? Number(match[1]) * 1024 ** Math.max(0, POWERS.indexOf(match[2] || 'B')) : undefined
}
