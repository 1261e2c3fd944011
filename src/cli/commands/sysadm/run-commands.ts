import { messageOf } from '../../../errors/thrown.js'
import type { JobEnd, JobStep, SysadmClient } from '../../../protocols/sysadm/client/index.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { commandsOf, outputPrinter } from '../job/run-job.js'
import { withServer } from './connect-server.js'
import type { ServerOptions } from './server-options.js'

export interface RunOptions extends ServerOptions {
  command?: string[]
  id?: string
  keep?: boolean
}

/** Time that a job may take to end after a kill, ms. */
const KILL_WAIT = 10_000
/** As of shells, for a program that cannot be started. */
const NOT_STARTED = 127
/** As of shells, beside the number of the signal. */
const BY_SIGNAL = 128

export async function runCommands(
  io: Io,
  server: string,
  words: readonly string[],
  options: RunOptions,
): Promise<void> {
  const { command, id, keep, ...where } = options
  const commands = commandsOf(words, command)
  await withServer(io, server, where, async (client) => {
    const stop = new AbortController()
    const steps = client.runJob(commands, { signal: stop.signal, ...(id !== undefined && { id }) })
    const end = await followJob(io, client, steps, { keep, stop })
    io.signal.throwIfAborted()
    if (!end.succeeded) throw failure(end, commands)
  })
}

/** Prints the output. An interrupt kills the job. */
async function followJob(
  io: Io,
  client: SysadmClient,
  steps: AsyncIterable<JobStep>,
  { keep = false, stop }: { keep?: boolean; stop: AbortController },
): Promise<JobEnd> {
  const show = outputPrinter(io)
  let job: string | undefined
  const interrupted = (): void => void endJob(io, client, { job, keep, stop })
  io.signal.addEventListener('abort', interrupted, { once: true })
  if (io.signal.aborted) interrupted()
  try {
    for await (const step of steps) {
      if (step.kind === 'started') job = step.job
      if (step.kind === 'gap') io.note(`output may be missing: ${step.reason}`)
      if (step.kind === 'output') show(Buffer.from(step.text))
      await io.out.room()
      if (step.kind === 'ended') return step
    }
    throw new Ending(Exit.failed, 'the server has not said how the job has ended')
  } finally {
    show()
    io.signal.removeEventListener('abort', interrupted)
    stop.abort()
  }
}

/** Kills the job, and stops waiting for its end after a time. */
async function endJob(
  io: Io,
  client: SysadmClient,
  { job, keep, stop }: { job: string | undefined; keep: boolean; stop: AbortController },
): Promise<void> {
  const ending: unknown = io.signal.reason
  const isInterrupted = ending instanceof Ending && ending.exit === Exit.interrupted
  if (job === undefined || keep || !isInterrupted) {
    if (job !== undefined) io.note(`the job ${job} continues`)
    stop.abort(ending)
    return
  }
  io.note(`killing the job ${job}; Ctrl-C again leaves it alone`)
  try {
    const { refused } = await client.dispatcher.kill(job)
    if (refused.length > 0) io.note(`the job is not killed: ${refused[0].message}`)
  } catch (error) {
    io.note(`the job could not be killed: ${messageOf(error)}`)
    stop.abort(ending)
    return
  }
  const timer = setTimeout(() => {
    io.note('the job has not ended: genuine servers do not end jobs')
    stop.abort(ending)
  }, KILL_WAIT)
  stop.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  timer.unref()
}

function failure({ returnCodes, signal, reason }: JobEnd, commands: readonly string[]): Ending {
  const failed = commands.find((command) => (returnCodes[command] ?? 0) !== 0)
  const code = failed === undefined ? undefined : returnCodes[failed]
  const how =
    signal !== undefined
      ? `was ended by signal ${signal}`
      : code === -1
        ? 'could not be started'
        : `ended with code ${code}`
  const why = [reason, failed === undefined ? undefined : `${failed} ${how}`].filter(
    (text) => text !== undefined,
  )
  return new Ending(exitOf(code, signal), why.join('; ') || 'the job has not run all commands')
}

function exitOf(code: number | undefined, signal: number | undefined): number {
  if (signal !== undefined) return BY_SIGNAL + signal
  if (code === -1) return NOT_STARTED
  return code !== undefined && code > 0 && code < 256 ? code : Exit.failed
}
