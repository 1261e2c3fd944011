import { isObject, own } from '../../../event/json/object.js'

type Fields = Record<string, unknown>

/**
 * Returns what the genuine server sends for an event of a job. Of a plain job it reports only that it runs and that it
 * has finished, also of one without commands; of the jobs of its own classes, which it wraps, it reports everything, and
 * the beginning twice. The last new output comes with the end only.
 */
export function genuineJobArgs(args: unknown): unknown[] {
  if (!isObject(args)) return [args]
  const isWrapped = isWrappedJob(args)
  const job = isWrapped ? own(args, 'process_details') : args
  if (!isObject(job)) return [args]
  const wrap = (details: Fields): Fields => (isWrapped ? { ...args, process_details: details } : details)
  const beginning = { process_id: job.process_id, state: 'running' }
  if (own(args, 'state') === 'finished') {
    const commands = own(job, 'cmd_list')
    const isEmpty = !isWrapped && Array.isArray(commands) && commands.length === 0
    return [...(isEmpty ? [beginning] : []), ...endings(job).map(wrap)]
  }
  if (own(job, 'last_output') !== undefined) return []
  const wrapped = isWrapped ? [args] : []
  return isBeginning(args, job) ? [beginning, ...wrapped] : wrapped
}

/** Returns whether the job belongs to a class of SysAdm. */
export function isWrappedJob(args: unknown): boolean {
  return own(args, 'event_system') !== undefined
}

/** The event of the beginning names the command, if any, and has none of its output. */
function isBeginning(args: Fields, job: Fields): boolean {
  const command = own(job, 'current_cmd')
  return own(args, 'state') === 'running' && (typeof command !== 'string' || own(job, command) === undefined)
}

/** The end of a program by a signal is reported twice: as a failure, and with the number of the signal. */
function endings({ signal, ...job }: Fields): Fields[] {
  if (signal === undefined) return [job]
  const codes = commandsOf(job).map((command) => `return_codes/${command}`)
  const last = codes.findLast((code) => own(job, code) !== undefined)
  return last === undefined ? [job] : [{ ...job, [last]: '-1' }, job]
}

/** The commands of a job. */
export function commandsOf(job: Fields): string[] {
  const list = own(job, 'cmd_list')
  return Array.isArray(list) ? list.filter((command) => typeof command === 'string') : []
}
