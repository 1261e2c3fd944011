import type { Client } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { JobDetail } from '../../../methods/contract/index.js'
import { Exit } from '../../help/exit-codes.js'
import type { HubOptions, ReportOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatBytes } from '../../terminal/figures.js'
import { escapeText } from '../../terminal/text.js'

export interface RunJobOptions extends ReportOptions {
  command?: string[]
  id?: string
  queue?: string
  /** ms */
  timeLimit?: number
  follow?: boolean
}

const MICROS = 1000
const LEFT_OUT = 'parts of the output are left out'
/** Time that the hub waits for more output before it answers, ms. */
const WAIT = 10_000

export async function runJob(io: Io, words: readonly string[], options: RunJobOptions): Promise<void> {
  const { command, id, queue, timeLimit, follow, format, ...where } = options
  const commands = commandsOf(words, command)
  await withHub(io, where, async (client) => {
    const job = await call(
      io,
      client,
      'jobs.run',
      { id, commands, queue, ...(timeLimit !== undefined && { timeLimit: timeLimit * MICROS }) },
      where,
    )
    if (follow) await followOutput(io, client, job.id, where)
    else await report(io, format, [job], () => [escapeText(job.id)])
  })
}

export async function followJob(io: Io, id: string, options: HubOptions): Promise<void> {
  await withHub(io, options, (client) => followOutput(io, client, id, options))
}

/** Either words, or commands in one argument each. */
export function commandsOf(words: readonly string[], commands: string[] = []): string[] {
  if ((words.length === 0) === (commands.length === 0)) {
    throw new TocsinError('TCN_USAGE', 'give a command, either as words or with --command')
  }
  return words.length === 0 ? commands : [commandOf(words)]
}

/** Quotes words as the hub splits commands: three quotes stand for one. */
export function commandOf(words: readonly string[]): string {
  const empty = words.find((word) => word === '')
  if (empty !== undefined) throw new TocsinError('TCN_USAGE', 'a command of a job can have no empty word')
  return words
    .map((word) => word.replaceAll('"', '"""'))
    .map((word) => (/\s/u.test(word) ? `"${word}"` : word))
    .join(' ')
}

async function followOutput(io: Io, client: Client, id: string, options: HubOptions): Promise<void> {
  const wait = Math.min(WAIT, (options.timeout ?? 2 * WAIT) / 2) * MICROS
  const show = outputPrinter(io)
  let lost = 0
  for (let from = 0, done = false; !done && !io.out.closed; ) {
    const output = await call(io, client, 'jobs.output', { id, from, wait }, options)
    if (output.at > from && lost === 0) io.note(`${LEFT_OUT}: the hub does not keep all of it (jobs.file)`)
    lost += output.at - from
    show(output.bytes)
    await io.out.room()
    from = output.next
    done = output.done
  }
  show()
  if (lost > 0) io.note(`${LEFT_OUT}, ${formatBytes(lost)} in all`)
  const job = await call(io, client, 'jobs.get', { id }, options)
  if (job.outputFault !== undefined) io.note(`not all output is kept: ${job.outputFault}`)
  if (job.state === 'finished' && !job.succeeded) throw new Ending(Exit.failed, failureOf(job))
}

/** Bytes go out as they are, except to a terminal, where control characters are made visible. Without bytes: the end. */
export function outputPrinter(io: Io): (bytes?: Uint8Array) => void {
  if (!io.out.isTerminal) return (bytes) => bytes && io.out.write(bytes)
  const decoder = new TextDecoder()
  let rest = ''
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: bytes !== undefined })).split(/\r?\n/)
    rest = bytes === undefined ? '' : (lines.pop() ?? '')
    for (const line of lines) if (bytes !== undefined || line !== '') io.out.line(escapeText(line))
  }
}

function failureOf({ id, reason, commands, results }: JobDetail): string {
  const last = results.at(-1)
  const command = commands[results.length - 1]
  const why = [reason, last?.fault ?? (last?.code ? `${command} ended with code ${last.code}` : undefined)]
  return `job ${id}: ${why.filter((text) => text !== undefined).join('; ')}`
}
