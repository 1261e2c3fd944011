import { maySeeJob } from '../../../access/job-privacy.js'
import { isObject, own } from '../../../event/json/object.js'
import type { ResultOf } from '../../../methods/contract/index.js'
import { SysadmError } from '../../../protocols/sysadm/codec/errors.js'
import { type Caller, callHub, type SysadmContext, toSysadmError } from '../context.js'

type JobList = ResultOf<'jobs.list'>

/** Jobs that a client starts through `run` do not wait for each other. */
const QUEUE = 'no_queue'
const MAX_JOBS = 64
const MAX_COMMANDS = 64
const MAX_COMMAND = 8192
const MAX_ID = 200
const MAX_KILLED = 64
const MAX_LISTED = 1000

/**
 * `rpc/dispatcher`: runs jobs, lists and ends them. Those with full rights over SysAdm run what their right `run`
 * allows, and end their own jobs.
 */
export async function dispatch(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  switch (own(args, 'action')) {
    case 'run':
      return run(context, full(caller), args)
    case 'list':
      return list(context, caller)
    case 'kill':
      return kill(context, full(caller), args)
    default:
      throw new SysadmError(400)
  }
}

function full(caller: Caller): Caller {
  if (caller.level === 'full') return caller
  throw new SysadmError(403)
}

async function run(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  const started: string[] = []
  const refused: Refused = new Map()
  for (const job of jobsIn(args)) {
    try {
      await callHub(context, caller, 'jobs.run', { ...job, queue: QUEUE })
      started.push(job.id)
    } catch (thrown) {
      const error = toSysadmError(thrown)
      if (started.length === 0) throw error
      refused.set(job.id, error)
    }
  }
  return { started, ...reasons(refused) }
}

/** The jobs that were not started or ended, by id. */
type Refused = Map<string, SysadmError>

/** Returns the refused jobs as a field that is added to the answer of the genuine server, which does not name them. */
function reasons(refused: Refused): object {
  if (refused.size === 0) return {}
  const entries = [...refused].map(([id, { why, message }]) => [id, why ?? message])
  return { refused: Object.fromEntries(entries) }
}

/** Every key but `action` is a job: one command, or several. Other values are skipped. */
function jobsIn(args: unknown): { id: string; commands: string[] }[] {
  if (!isObject(args)) throw new SysadmError(400)
  const jobs = Object.keys(args)
    .filter((key) => key !== 'action' && (typeof args[key] === 'string' || Array.isArray(args[key])))
    .sort()
    .map((id) => ({ id, commands: commandsOf(args[id]) }))
  if (jobs.length > MAX_JOBS || jobs.some(({ id }) => id === '' || id.length > MAX_ID))
    throw new SysadmError(400)
  return jobs
}

function commandsOf(value: unknown): string[] {
  const commands = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [String(value)]
  if (commands.length > MAX_COMMANDS || commands.some(({ length }) => length > MAX_COMMAND))
    throw new SysadmError(400)
  return commands
}

/** The jobs that the caller may see and that have not finished, by queue. A used queue stays. */
async function list({ view, host }: SysadmContext, { principal }: Caller): Promise<unknown> {
  const queues = new Map<string, Map<string, object>>([[QUEUE, new Map()]])
  for (const state of ['running', 'pending', 'finished'] as const) {
    const { jobs }: JobList = await view.read('jobs.list', { state, limit: MAX_LISTED })
    for (const { id, commands, queue, position, by } of jobs) {
      if (!maySeeJob(host.access.authorize, principal, by)) continue
      const place = state === 'pending' ? { queue_position: String(position ?? 0) } : {}
      const ofQueue = queues.get(queue) ?? new Map<string, object>()
      if (state !== 'finished') ofQueue.set(id, { commands, ...place, state })
      queues.set(queue, ofQueue)
    }
  }
  return {
    jobs: Object.fromEntries([...queues].map(([queue, ids]) => [queue, Object.fromEntries(ids)])),
  }
}

/** Names those that it ended. Those that are unknown or have finished are no error, jobs of others are one. */
async function kill(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  const asked = own(args, 'job_id')
  const ids = typeof asked === 'string' ? [asked] : asked
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MAX_KILLED) throw new SysadmError(400)
  const jobs: string[] = []
  const refused: Refused = new Map()
  for (const id of new Set<string>(ids.filter((each) => typeof each === 'string'))) {
    try {
      await callHub(context, caller, 'jobs.kill', { ids: [id] })
      jobs.push(id)
    } catch (thrown) {
      const error = toSysadmError(thrown)
      if (error.code === 503) throw error
      refused.set(id, error)
    }
  }
  const forbidden = [...refused.values()].find(({ code }) => code === 403)
  if (jobs.length === 0 && forbidden !== undefined) throw forbidden
  return { killed: { jobs }, ...reasons(refused) }
}
