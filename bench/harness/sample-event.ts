/** The event that both sides carry: a map of 11 keys, about 200 bytes of msgpack, under a tag of 38 bytes. */
export interface Sample {
  jid: string
  id: string
  fun: string
  user: string
  success: boolean
  retcode: number
  return: string
  duration: number
  size: number
  index: number
  stamp: number
}

/** First bytes of all tags, and the filter for them. */
export const PREFIX = 'salt/job/'
export const FILTER = `${PREFIX}*`

export function sampleTag(index: number): string {
  return `${PREFIX}20261120060${100_000_000 + index}/ret/web${index & 511}`
}

/** @param stamp µs, if the row measures latency */
export function sample(index: number, stamp = 0): Sample {
  return {
    jid: `2026112006${index}`,
    id: `web${index & 511}.example.com`,
    fun: 'state.apply',
    user: 'sudo_operator',
    success: true,
    retcode: 0,
    return: 'Succeeded: 12 (changed=3), Failed: 0, Total states run: 12',
    duration: 1234.567 + (index & 1023),
    size: 40_000 + (index & 8191),
    index,
    stamp,
  }
}
