import { isObject, own } from '../event/json/object.js'

export type Severity = 'error' | 'warning' | 'success'

const words: Readonly<Record<string, Severity>> = {
  emerg: 'error',
  emergency: 'error',
  panic: 'error',
  alert: 'error',
  crit: 'error',
  critical: 'error',
  fatal: 'error',
  err: 'error',
  error: 'error',
  failed: 'error',
  failure: 'error',
  down: 'error',
  warn: 'warning',
  warning: 'warning',
  silent: 'warning',
  degraded: 'warning',
  retrying: 'warning',
  sctp_comm_lost: 'error',
  sctp_cant_str_assoc: 'error',
  sctp_addr_unreachable: 'warning',
}

/** The state of a job for which only all of its data says how it went. */
export const FINISHED = 'finished'

const LONGEST_WORD = Math.max(...Object.keys(words).map(({ length }) => length))

/** Returns the severity if the data has one of the usual fields for it; most data has none. */
export function severityOf(data: unknown): Severity | undefined {
  if (!isObject(data) || data instanceof Map) return undefined
  const { severity, level, success, retcode, state } = data
  const said = named(severity) ?? named(level) ?? named(state)
  if (said !== undefined) return said
  if (typeof severity === 'number') return bySyslog(severity)
  if (success === false || (typeof retcode === 'number' && retcode !== 0)) return 'error'
  if (state === FINISHED && hasFailedCommand(data)) return 'error'
  if (typeof level === 'number') return byLevel(level)
  return success === true ? 'success' : undefined
}

/** A finished job of SysAdm has a field for each of its commands, with the code that it ended with. */
function hasFailedCommand(data: Record<string, unknown>): boolean {
  const job = data.process_details ?? data
  const commands = own(job, 'cmd_list')
  return (
    Array.isArray(commands) &&
    commands.some(
      (command) => typeof command === 'string' && (own(job, `return_codes/${command}`) ?? '0') !== '0',
    )
  )
}

function named(value: unknown): Severity | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_WORD) return undefined
  const word = value.toLowerCase()
  return Object.hasOwn(words, word) ? words[word] : undefined
}

/** RFC 5424: 0 is an emergency, 3 an error, 4 a warning. */
function bySyslog(severity: number): Severity | undefined {
  if (severity < 0 || severity > 7) return undefined
  return severity <= 3 ? 'error' : severity === 4 ? 'warning' : undefined
}

/** The thresholds that a host reached, of which there are a few; or the levels of loggers, from 10 to 60. */
function byLevel(level: number): Severity | undefined {
  if (level >= 10) return level >= 50 ? 'error' : level >= 40 ? 'warning' : undefined
  return level >= 2 ? 'error' : level === 1 ? 'warning' : undefined
}
