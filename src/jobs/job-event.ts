import { JOB_TAGS } from '../access/job-privacy.js'
import { tagSegment } from '../event/tag.js'
import { localZone } from '../event/zone.js'
import type { LeftProcess } from '../processes/end-processes.js'
import { defineTypes } from '../types/event-type.js'
import { FINISHED, severityOf } from '../types/severity.js'
import type { Job } from './job.js'

/** The steps of a job, in the words of SysAdm's dispatcher. */
export type JobDetails = Record<string, string | readonly string[]>

/** The new output of the command that runs, or has just ended. */
export interface NewOutput {
  command: string
  text: string
  /** True if it comes before the event of the end, which has all output. */
  isLast?: boolean
}

export const jobTypes = defineTypes([
  {
    type: 'sysadm.dispatcher',
    tags: ['sysadm/dispatcher/*', 'host/*/sysadm/dispatcher/*'],
    summary: 'A job waits, has begun, has new output, or has finished.',
    display:
      '{state}[: {reason}][: {process_details.reason}][: {current_cmd}][: {process_details.current_cmd}]',
    schema: {
      type: 'object',
      properties: {
        state: { enum: ['pending', 'running', 'finished'] },
        process_id: { type: 'string', description: 'The id of the job' },
        cmd_list: { type: 'array', items: { type: 'string' }, description: 'Its commands' },
        current_cmd: {
          type: 'string',
          description: 'The command that runs. Its new output is under its own name',
        },
        time_started: { type: 'string', description: 'Local time, without a zone' },
        time_finished: { type: 'string' },
        last_output: {
          type: 'string',
          description: '`true` with the last new output, before the event of the end, which has all output',
        },
        signal: { type: 'string', description: 'The signal that ended the last command, such as `SIGKILL`' },
        reason: { type: 'string', description: 'Why the job was cut short' },
        left: {
          type: 'array',
          items: { type: 'string' },
          description:
            'Processes that had left the groups of the job when it ended: number, how it ended (`asked`, `killed`, `kept`, `stays`), and command line',
        },
        event_system: {
          type: 'string',
          description: 'The part of SysAdm that a job with such an id belongs to, such as `sysadm/pkg`',
        },
        process_details: {
          type: 'object',
          description: 'The fields from `process_id` to `reason`, in events that have an `event_system`',
        },
      },
      required: ['state'],
    },
    correlation: ['data.process_id'],
    // A finished job has a field for each of its commands, with the code that it ended with.
    severity: {
      fields: ['data.state', 'data'],
      read: (field) => (field(0) === FINISHED && severityOf(field(1)) === 'error' ? 'err' : 'info'),
    },
  },
])

export function jobTag(id: string): string {
  return JOB_TAGS + tagSegment(id)
}

/** The body of the event that a job waits, begins or has finished; with new output, that it continues. */
export function jobEvent(job: Job, fresh?: NewOutput): Record<string, unknown> {
  const told = toldOf(job, fresh)
  const details = fresh === undefined ? detailsOf(job) : progressOf(told, fresh.isLast)
  const wrap = wrappers.find(({ prefix }) => job.id.startsWith(prefix))
  if (wrap === undefined) return details
  return { event_system: wrap.system, state: job.state, ...wrap.fields(told), process_details: details }
}

function detailsOf(job: Job): JobDetails {
  const { id, state, commands, results, reason, left } = job
  const signal = state === 'finished' ? results.at(-1)?.signal : undefined
  // Without output, which tells the event of the beginning from the others.
  if (state === 'running')
    return {
      process_id: id,
      state,
      cmd_list: commands,
      current_cmd: commands[results.length - 1] ?? '',
      ...timesOf(job),
    }
  // First, so that a command of the name of a field hides nothing.
  return {
    ...(state === 'finished' && { ...Object.fromEntries(outputsOf(job)), ...codesOf(job), ...timesOf(job) }),
    process_id: id,
    state,
    cmd_list: commands,
    ...(signal !== undefined && { signal }),
    ...(reason !== undefined && { reason }),
    ...(left !== undefined && { left: left.processes.map(leftText) }),
  }
}

/** `1234 killed: sleep 60` */
function leftText({ pid, end, command }: LeftProcess): string {
  return `${pid} ${end}: ${command}`
}

/** Characters of output of earlier commands in an event of progress, of which a job may have one each second. */
const EARLIER_OUTPUT = 16_384

function toldOf(job: Job, fresh: NewOutput | undefined): Told {
  const command = fresh?.command ?? job.commands.at(-1) ?? ''
  const isNew = fresh !== undefined && !endedCommands(job).has(command)
  return { job, command, text: isNew ? fresh.text : (outputsOf(job).get(command) ?? '') }
}

function progressOf({ job, command, text }: Told, isLast = false): JobDetails {
  return {
    ...earlierOutputs(job, command),
    [command]: text,
    process_id: job.id,
    state: job.state,
    cmd_list: job.commands,
    current_cmd: command,
    ...(isLast && { last_output: 'true' }),
    ...codesOf(job),
    ...timesOf(job),
  }
}

/** A command that was given twice has one field, with the output of both. */
function outputsOf({ commands, results }: Job): Map<string, string> {
  const outputs = new Map<string, string>()
  for (const [index, { output }] of results.entries())
    outputs.set(commands[index], (outputs.get(commands[index]) ?? '') + output)
  return outputs
}

/** The whole output of each of the latest commands before the one that is reported, as many as there is space for. */
function earlierOutputs(job: Job, current: string): JobDetails {
  const outputs = outputsOf(job)
  const earlier: [command: string, text: string][] = []
  let space = EARLIER_OUTPUT
  for (const command of [...endedCommands(job).keys()].reverse()) {
    const text = outputs.get(command) ?? ''
    if (command === current || text.length > space) continue
    space -= text.length
    earlier.unshift([command, text])
  }
  return Object.fromEntries(earlier)
}

/** Commands with the code of their last run; one that was given twice has ended when none of its runs continues. */
function endedCommands({ commands, results }: Job): Map<string, number> {
  const codes = new Map<string, number>()
  for (const [index, { code }] of results.entries())
    if (code === undefined) codes.delete(commands[index])
    else codes.set(commands[index], code)
  return codes
}

function codesOf(job: Job): JobDetails {
  return Object.fromEntries(
    [...endedCommands(job)].map(([command, code]) => [`return_codes/${command}`, String(code)]),
  )
}

function timesOf({ started, finished }: Job): JobDetails {
  return {
    ...(started !== undefined && { time_started: localTime(started) }),
    ...(finished !== undefined && { time_finished: localTime(finished) }),
  }
}

/** `2026-11-20T04:50:52`, as the clocks of this host show it. */
function localTime(micros: number): string {
  const ms = Math.floor(micros / 1000)
  return new Date(ms + localZone(ms) * 60_000).toISOString().slice(0, 19)
}

interface Told {
  job: Job
  /** The command that runs, or the last one. */
  command: string
  /** Its new output, or all of it once it has ended. */
  text: string
}

interface Wrapper {
  /** The beginning of the ids of these jobs. */
  prefix: string
  system: string
  fields(told: Told): Record<string, unknown>
}

/** Jobs of parts of SysAdm: their events have fields of these parts. */
const wrappers: readonly Wrapper[] = [
  { prefix: 'sysadm_pkg', system: 'sysadm/pkg', fields: packageFields },
  {
    prefix: 'sysadm_update_runupdates',
    system: 'sysadm/update',
    fields: ({ text }) => ({ update_log: text }),
  },
  { prefix: 'sysadm_iohyve', system: 'sysadm/iohyve', fields: fetchFields },
  { prefix: 'sysadm_sourcectl_', system: 'sysadm/sourcectl', fields: ({ text }) => ({ update_log: text }) },
]

function packageFields({ job, text }: Told): Record<string, unknown> {
  const [kind] = job.id.split('-')
  const isFinished = job.state === 'finished'
  return {
    pkg_log: text,
    action: kind.slice(kind.indexOf('_') + 1),
    ...(isFinished && kind === 'sysadm_pkg_check_upgrade' && { updates_available: updatesAvailable(text) }),
    ...(isFinished && kind === 'sysadm_pkg_audit' && auditFields(text)),
  }
}

function updatesAvailable(text: string): string {
  return String(!text.includes('Your packages are up to date.'))
}

/** Reads `Packages that depend on curl: git, php`. */
function auditFields(text: string): Record<string, unknown> {
  const lines = text.split('\n').filter((line) => line.startsWith('Packages that depend on '))
  const vulnerable = lines.map((line) => line.split(':')[0].split(' on ')[1])
  const impacted = lines.flatMap((line) => line.split(': ').slice(1).join(': ').split(', '))
  return { vulnerable_pkgs: distinct(vulnerable), impacts_pkgs: distinct(impacted) }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}

/** Reads the last line of progress of a download: `file<tab>55% of 700 MB<tab>2 MBps`. */
function fetchFields({ job, command, text }: Told): Record<string, unknown> {
  if (job.id.split('::')[0] !== 'sysadm_iohyve_fetch' && !command.startsWith('iohyve fetch ')) return {}
  const line = text.split('\n').findLast((each) => each.includes('% of ') || each.endsWith(' Bps'))
  if (line === undefined) return {}
  const [filename, percent_done = '', ...rate] = line.split('\t')
  return { filename, percent_done, download_rate: rate.join('\t') }
}
