import type { Cancel, Runtime } from '../../event/runtime.js'
import { guardGroup } from '../../processes/guardian.js'
import { type ChildProcess, startChild } from '../../processes/start-child.js'

const MAX_LINE = 4096
const MAX_FIELDS = 64
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 15 * 60_000
/** After running for this time, a failure is followed by the shortest pause again. */
const STEADY_AFTER_MS = 60_000

/** One event of `zpool events -v`: its class, and its fields without quotation marks. */
export interface ZfsEvent {
  class: string
  fields: Readonly<Record<string, string>>
}

export interface ZfsEventsOptions {
  runtime: Runtime
  /** Called with the events that arrived together; they are few, since many at once are left out. */
  heard(events: readonly ZfsEvent[]): void
}

export type FollowEvents = (options: ZfsEventsOptions) => { close(): void }

/** Splits the output of `zpool events -H -v` into events. An event is complete when the next line begins another. */
export class ZfsEventParser {
  #rest = ''
  #class: string | undefined
  #fields: Record<string, string> = {}

  /** Returns the events that are complete. An empty line ends an event too. */
  add(text: string): ZfsEvent[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()?.slice(0, MAX_LINE) ?? ''
    return lines.flatMap((line) => this.#line(line.slice(0, MAX_LINE)))
  }

  #line(line: string): ZfsEvent[] {
    const field = /^\s+(\w+) = (.*)$/.exec(line)
    if (field) {
      if (Object.keys(this.#fields).length < MAX_FIELDS)
        this.#fields[field[1]] = field[2].replace(/^"|"$/g, '')
      return []
    }
    if (/^\s+\S/.test(line)) return []
    const complete = this.#class === undefined ? [] : [{ class: this.#class, fields: this.#fields }]
    this.#class = /\S+$/.exec(line)?.[0]
    this.#fields = {}
    return complete
  }
}

/**
 * Follows the events of all pools by a child process. Where the command does not exist or ends, it is tried again after
 * growing pauses: what it reports is also found by looking, only later.
 */
export const followZfsEvents: FollowEvents = ({ runtime, heard }) => {
  let child: ChildProcess | undefined
  let retry: Cancel | undefined
  let closed = false
  let pause = FIRST_RETRY_MS

  function start(): void {
    const parser = new ZfsEventParser()
    const startedAt = runtime.monotonic()
    // The kernel keeps events of the past, which `-f` prints first; they only cause one look more.
    child = startChild('zpool', ['events', '-f', '-H', '-v'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    child.on('exit', guardGroup(child))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const events = parser.add(text)
      if (events.length > 0) heard(events)
    })
    child.on('error', () => ended(startedAt))
    child.on('close', () => ended(startedAt))
    child.unref()
  }

  function ended(startedAt: number): void {
    if (closed || retry) return
    pause = runtime.monotonic() - startedAt >= STEADY_AFTER_MS ? FIRST_RETRY_MS : pause
    retry = runtime.after(pause, () => {
      retry = undefined
      start()
    })
    pause = Math.min(pause * 2, LONGEST_RETRY_MS)
  }

  start()
  return {
    close() {
      closed = true
      retry?.()
      child?.kill('SIGKILL')
    },
  }
}
