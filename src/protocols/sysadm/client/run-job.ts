import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import type { Runtime } from '../../../event/runtime.js'
import type { Dispatcher, LogEntries, LogsAsked } from './calls.js'
import type { SysadmEvents } from './event-queue.js'
import { type DispatcherEvent, readEvent } from './events.js'
import { JobOutput } from './job-output.js'

export interface RunJobOptions {
  /** The id of the job, which no other job that waits or runs has. */
  id?: string
  /** Ends the loop with the reason of the signal. The job continues. */
  signal?: AbortSignal
}

/** A step of a job. `ended` comes last. */
export type JobStep =
  | { kind: 'started'; job: string }
  | { kind: 'output'; command: string; text: string }
  /** Output may be missing: a genuine server keeps no events while the connection is lost. */
  | { kind: 'gap'; reason: string }
  | JobEnd

export interface JobEnd {
  kind: 'ended'
  /** True if all commands have run, with the code 0. */
  succeeded: boolean
  /** By command. -1: the program could not be started. Empty if the end was missed. */
  returnCodes: Record<string, number>
  /** Number of the signal that ended the last command. */
  signal?: number
  /** Why it was cut short, or why its end is not known. */
  reason?: string
}

const MISSED = 'it ended while the connection was lost, and the server has no record of how'

/** Returns an id of the kind whose output servers report as it comes. */
export function liveJobId({ random }: Runtime): string {
  const hex = Buffer.from(random(16)).toString('hex')
  return `sysadm_sourcectl_run::{${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}}`
}

/** The part of a client that jobs need. */
interface JobServer {
  dispatcher: Dispatcher
  subscribe(classes: readonly ['dispatcher'], options: { signal?: AbortSignal }): Promise<SysadmEvents>
  logs(asked: LogsAsked): Promise<LogEntries>
}

/** See SysadmClient.runJob. */
export async function* runJob(
  server: JobServer,
  commands: readonly string[],
  { id, signal }: RunJobOptions & { id: string },
): AsyncGenerator<JobStep, void> {
  // Before the job, whose first event may overtake the answer.
  await using events = await server.subscribe(['dispatcher'], { signal })
  const { started } = await server.dispatcher.run({ [id]: commands })
  if (!started.includes(id)) throw new TocsinError('TCN_SYSADM_ANSWER', 'the server has not started the job')
  yield { kind: 'started', job: id }
  const output = new JobOutput()
  for await (const event of events) {
    let ofJob: DispatcherEvent | undefined
    if (event.class === 'dispatcher' && event.job === id) ofJob = event
    if (event.class === 'gap') {
      yield { kind: 'gap', reason: event.reason }
      ofJob = await endMissed(server, id)
    }
    if (ofJob === undefined) continue
    for (const piece of output.take(ofJob)) yield { kind: 'output', ...piece }
    if (ofJob.state !== 'finished') continue
    const second = await secondEnd(server, events, ofJob)
    yield endOf(second ?? ofJob, commands, second !== undefined)
    return
  }
  throw new TocsinError('TCN_SYSADM_CLOSED')
}

/** If the job is no longer there, returns its last event from the log of the server; an empty one if that has none. */
async function endMissed(server: JobServer, id: string): Promise<DispatcherEvent | undefined> {
  try {
    const jobs = await server.dispatcher.list()
    if (jobs.some((job) => job.id === id)) return undefined
    const { 'events-dispatcher': entries = {} } = await server.logs({ logs: ['events-dispatcher'] })
    const ends = Object.values(entries)
      .flatMap((args) => (isObject(args) ? [readEvent('dispatcher', args)] : []))
      .filter((event): event is DispatcherEvent => event.class === 'dispatcher')
      .filter(({ job, state }) => job === id && state === 'finished')
    return ends.at(-1) ?? unknownEnd(id)
  } catch (error) {
    // The connection is lost again: the gap after that asks once more.
    if (TocsinError.is(error, 'TCN_SYSADM_CLOSED')) return undefined
    throw error
  }
}

/** The end of a program by a signal is reported twice: with the code -1, and with the number of the signal. */
async function secondEnd(
  server: JobServer,
  events: SysadmEvents,
  { job, returnCodes }: DispatcherEvent,
): Promise<DispatcherEvent | undefined> {
  if (!Object.values(returnCodes).includes(-1)) return undefined
  // Both are sent at once, and so before the answer to a request that comes after the first.
  const answered = server.dispatcher.list().then(
    () => undefined,
    () => undefined,
  )
  return Promise.race([nextOf(job, events).catch(() => undefined), answered])
}

async function nextOf(job: string, events: SysadmEvents): Promise<DispatcherEvent | undefined> {
  for await (const event of events) if (event.class === 'dispatcher' && event.job === job) return event
  return undefined
}

function unknownEnd(id: string): DispatcherEvent {
  const nothing = { commands: [], output: {}, returnCodes: {}, args: {} }
  return { class: 'dispatcher', job: id, state: 'finished', reason: MISSED, ...nothing }
}

function endOf(
  { returnCodes, reason }: DispatcherEvent,
  commands: readonly string[],
  isBySignal: boolean,
): JobEnd {
  const succeeded = reason === undefined && commands.every((command) => returnCodes[command] === 0)
  const signal = isBySignal ? Object.values(returnCodes).find((code) => code > 0) : undefined
  return {
    kind: 'ended',
    succeeded,
    returnCodes,
    ...(signal === undefined ? {} : { signal }),
    ...(reason === undefined ? {} : { reason }),
  }
}
