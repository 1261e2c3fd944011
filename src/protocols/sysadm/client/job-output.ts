import type { DispatcherEvent } from './events.js'

/** A part of the output of a command. */
export interface OutputPiece {
  command: string
  text: string
}

/** The part of the output of one command that has been given out. */
interface Given {
  length: number
  /** Its end, by which the rest is found in an output whose middle the server has dropped. */
  end: string
}

interface JobState {
  commands: Map<string, Given>
  last: OutputPiece | undefined
}

/** Less than hubs keep of the end of an output. */
const END = 256
/** Hubs write this in place of the middle of an output. */
const LEFT_OUT = /\n\[\d+ characters left out\]\n/
const MAX_JOBS = 1000
const MAX_COMMANDS = 1000

/**
 * Puts the output of jobs together from their events, each part once: while a command runs, events have what is new, and
 * once it has ended, all of it.
 *
 * @example
 * const output = new JobOutput()
 * for await (const event of await nas.subscribe(['dispatcher'])) {
 *   if (event.class !== 'dispatcher') continue
 *   for (const { text } of output.take(event)) process.stdout.write(text)
 * }
 */
export class JobOutput {
  readonly #jobs = new Map<string, JobState>()

  /** Returns what is new in the event, in the order of the commands. */
  take(event: DispatcherEvent): OutputPiece[] {
    const isFinished = event.state === 'finished'
    const job = this.#jobs.get(event.job) ?? { commands: new Map(), last: undefined }
    const pieces = event.commands
      .filter((command, index, all) => all.indexOf(command) === index && command in event.output)
      .slice(0, MAX_COMMANDS)
      .map((command) => {
        const text = event.output[command]
        const isWhole = isFinished || Object.hasOwn(event.returnCodes, command)
        const fresh = isWhole
          ? restOf(text, job.commands.get(command))
          : withoutEcho(text, command, job, event.cursor !== undefined)
        return { command, text: fresh }
      })
      .filter(({ text }) => text !== '')
    if (isFinished) this.#jobs.delete(event.job)
    else this.#keep(event.job, job, pieces)
    return pieces
  }

  #keep(id: string, job: JobState, pieces: readonly OutputPiece[]): void {
    if (pieces.length === 0) return
    for (const { command, text } of pieces) {
      const { length = 0, end = '' } = job.commands.get(command) ?? {}
      job.commands.set(command, { length: length + text.length, end: (end + text).slice(-END) })
    }
    job.last = pieces.at(-1)
    this.#jobs.delete(id)
    this.#jobs.set(id, job)
    const [oldest] = this.#jobs.keys()
    if (this.#jobs.size > MAX_JOBS) this.#jobs.delete(oldest)
  }
}

/** The part of the whole output that comes after what was given. */
function restOf(whole: string, given: Given | undefined): string {
  if (given === undefined) return whole
  const { length, end } = given
  const parts = whole.split(LEFT_OUT)
  if (length <= parts[0].length && whole.slice(0, length).endsWith(end)) return whole.slice(length)
  const at = whole.lastIndexOf(end)
  return at === -1 ? (parts.at(-1) ?? whole) : whole.slice(at + end.length)
}

/**
 * Genuine servers send the last text of a command again as the first one of the next. If that is what the next one has
 * printed itself, the last event of the job brings it.
 */
function withoutEcho(text: string, command: string, { commands, last }: JobState, isOfHub: boolean): string {
  if (isOfHub || last === undefined || last.command === command || commands.has(command)) return text
  return text.startsWith(last.text) ? text.slice(last.text.length) : text
}
