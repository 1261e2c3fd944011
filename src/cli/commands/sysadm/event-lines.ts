import {
  type DispatcherEvent,
  type GapEvent,
  JobOutput,
  type LifePreserverEvent,
  type SysadmEvent,
  type SysadmPriority,
  type SystemStateEvent,
} from '../../../protocols/sysadm/client/index.js'
import { Times } from '../../output/times.js'
import type { Colors, Paint } from '../../terminal/colors.js'
import { cut, cutMiddle, escapeText, padEnd } from '../../terminal/text.js'

const GAP = '  '
const CLASS_WIDTH = 'life-preserver'.length
/** Ids of jobs may be long, and leave room for the commands on a terminal. */
const ID_WIDTH = 28
/** The time stamp that life-preserver begins its messages with. */
const STAMP = /^(\w{3} \w{3} [ \d]\d [\d:]{8} (?:\w{1,6} )?\d{4}): /
/** A stamp that is so near to the time before it says nothing more, ms. */
const NEAR = 120_000

interface Shown {
  text: string
  paint?: Paint
  /** Lines below: output, and the rest of a message. */
  below?: readonly string[]
}

/** Events for people: a line with time, class and what has happened, and the output of jobs below it. */
export class EventLines {
  readonly #colors: Colors
  readonly #columns: () => number | undefined
  readonly #times: Times
  readonly #output = new JobOutput()

  /** `columns`: width of the terminal; undefined if it is none. */
  constructor(colors: Colors, columns: () => number | undefined) {
    this.#colors = colors
    this.#columns = columns
    this.#times = new Times(columns() === undefined ? 'utc' : 'short')
  }

  of(event: Exclude<SysadmEvent, GapEvent>): string[] {
    const at = timeOf(event) * 1000
    const columns = this.#columns() ?? Number.POSITIVE_INFINITY
    const day = this.#times.newDay(at)
    const time = this.#times.text(at)
    const name = padEnd(escapeText(event.class === 'other' ? event.name : event.class), CLASS_WIDTH)
    const { text, paint = String, below = [] } = this.#shown(event)
    const room = columns - time.length - name.length - 2 * GAP.length
    const line = [this.#colors.dim(time), this.#colors.cyan(name), paint(cut(escapeText(text), room))]
    return [
      ...(day === undefined ? [] : [this.#colors.bold(day)]),
      line.join(GAP).trimEnd(),
      ...below.map((each) => `${GAP}${escapeText(each)}`),
    ]
  }

  #shown(event: Exclude<SysadmEvent, GapEvent>): Shown {
    switch (event.class) {
      case 'dispatcher':
        return this.#job(event)
      case 'life-preserver':
        return this.#message(event)
      case 'system-state':
        return { text: stateText(event), paint: this.#paint(event.priority) }
      case 'bridge':
        return { text: `reaches ${event.connections.join(', ') || 'no server'}` }
      case 'tocsin':
        return { text: `${event.tag}${GAP}${jsonOf(event.data ?? event.args)}` }
      default:
        return { text: jsonOf(event.args) }
    }
  }

  #job(event: DispatcherEvent): Shown {
    const { state, commands, returnCodes, reason } = event
    const job = this.#columns() === undefined ? event.job : cutMiddle(event.job, ID_WIDTH)
    const below = this.#output.take(event).flatMap(({ text }) => text.replace(/\n$/, '').split('\n'))
    if (state !== 'finished') return { text: joined(`${state} ${job}`, commands.join('; ')), below }
    const codes = commands.map((command) => returnCodes[command]).filter((code) => code !== undefined)
    const failed = codes.find((code) => code !== 0)
    const isWell = failed === undefined && reason === undefined
    const outcome = isWell ? 'finished' : failed === undefined ? 'cut short' : `failed (${failed})`
    const { green, red } = this.#colors
    return { text: joined(`${outcome} ${job}`, reason ?? ''), paint: isWell ? green : red, below }
  }

  #message({ message, priority }: LifePreserverEvent): Shown {
    const [first, ...below] = withoutStamp(message).split('\n')
    return { text: `${alarm(priority)}${first}`, paint: this.#paint(priority), below }
  }

  #paint(priority: SysadmPriority | undefined): Paint {
    const { level = 0 } = priority ?? {}
    if (level >= 6) return this.#colors.red
    return level >= 3 ? this.#colors.yellow : String
  }
}

/** When it happened, if the event says so, or when it came: ms since the epoch. */
export function timeOf(event: Exclude<SysadmEvent, GapEvent>): number {
  const said = event.class === 'tocsin' ? event.args.time : undefined
  const time = typeof said === 'string' ? Date.parse(said) : Number.NaN
  return Number.isNaN(time) ? Date.now() : time
}

/** The last event, which a server sends first, may be days old. */
function withoutStamp(message: string): string {
  const stamp = STAMP.exec(message)
  const isNear = stamp !== null && Math.abs(Date.parse(stamp[1]) - Date.now()) < NEAR
  return isNear ? message.slice(stamp[0].length) : message
}

function stateText({ hostname, hostnameChanged, pools, priority }: SystemStateEvent): string {
  const each = Object.entries(pools).map(
    ([name, { health, capacity, size }]) => `${name} ${health} ${capacity} of ${size}`,
  )
  const changed = hostnameChanged ? ' (new name)' : ''
  return `${alarm(priority)}${joined(`${hostname}${changed}`, each.join(', ') || 'no pools')}`
}

/** The word of a priority that is more than information. */
function alarm(priority: SysadmPriority | undefined): string {
  return priority === undefined || priority.level < 3 ? '' : `${priority.word}: `
}

function joined(first: string, second: string): string {
  return second === '' ? first : `${first}: ${second}`
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? ''
}
