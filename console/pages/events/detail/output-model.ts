import type { Event } from '../../../../src/event/event.js'
import { textOf } from '../../../text/text-of.js'

export interface CommandOutput {
  readonly command: string
  text: string
  code: string | undefined
}

/** A job of SysAdm as its events tell it. */
export interface JobOutput {
  id: string
  state: string
  started: string
  finished: string
  reason: string
  readonly commands: readonly CommandOutput[]
  /** True if the beginning of an output is left out. */
  isCut: boolean
}

const MAX_TEXT = 256 * 1024
const MAX_COMMANDS = 200

type Fields = Readonly<Record<string, unknown>>

/** The fields of a job, which events of parts of SysAdm wrap. */
export function jobFields(event: Event): Fields {
  const data = (event.data ?? {}) as Fields
  const inner = data.process_details
  return typeof inner === 'object' && inner !== null ? (inner as Fields) : data
}

/** Reads the events of a job: each has the new output of a command that runs, and all of one that has ended. */
export function jobOutput(events: readonly Event[]): JobOutput {
  const commands = new Map<string, CommandOutput>()
  const job = { id: '', state: '', started: '', finished: '', reason: '', isCut: false }
  for (const event of events) {
    const fields = jobFields(event)
    job.id = textOf(fields.process_id) || job.id
    job.state = textOf(fields.state) || job.state
    job.started = textOf(fields.time_started) || job.started
    job.finished = textOf(fields.time_finished) || job.finished
    job.reason = textOf(fields.reason) || job.reason
    const list = Array.isArray(fields.cmd_list) ? fields.cmd_list.slice(0, MAX_COMMANDS).map(textOf) : []
    for (const command of list) {
      const known = commands.get(command) ?? { command, text: '', code: undefined }
      commands.set(command, known)
      const code = textOf(fields[`return_codes/${command}`])
      known.code = code || known.code
      const text = textOf(fields[command])
      if (text === '' || isField(command)) continue
      const isWhole = job.state === 'finished' || code !== ''
      known.text = isWhole ? text : known.text + text
      // A command that was given twice runs again.
      if (!isWhole) known.code = undefined
      if (known.text.length <= MAX_TEXT) continue
      known.text = known.text.slice(-MAX_TEXT)
      job.isCut = true
    }
  }
  return { ...job, commands: [...commands.values()] }
}

/** A command of the name of a field hides nothing, and has no output of its own. */
function isField(command: string): boolean {
  return /^(process_id|state|cmd_list|current_cmd|last_output|signal|reason|time_(started|finished))$/.test(
    command,
  )
}
