import { formatTime } from '../../../event/position.js'
import type { JobState, LeftProcesses } from '../../../jobs/index.js'
import type { JobDetail, JobInfo } from '../../../methods/contract/index.js'
import type { ReportOptions } from '../../help/options.js'
import { ask } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatBytes, formatSpan } from '../../terminal/figures.js'
import { type Column, factLines, tableLines } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'

export interface ListJobsOptions extends ReportOptions {
  only?: JobState
  limit?: number
}

export async function listJobs(
  io: Io,
  { only: state, limit, format, ...where }: ListJobsOptions,
): Promise<void> {
  const { jobs, more } = await ask(io, where, 'jobs.list', { state, limit })
  await report(io, format, jobs, () =>
    jobs.length === 0 ? ['there are no jobs'] : tableLines(columns(Date.now() * 1000), jobs, io.out.columns),
  )
  if (more) io.note('there are more jobs; --limit shows more of them')
}

export async function showJob(io: Io, id: string, { format, ...where }: ReportOptions): Promise<void> {
  const job = await ask(io, where, 'jobs.get', { id })
  await report(io, format, [job], () => jobLines(job))
}

function columns(now: number): readonly Column<JobInfo>[] {
  return [
    { title: 'ID', text: ({ id }) => id, flexible: true },
    { title: 'STATE', text: stateText },
    { title: 'QUEUE', text: ({ queue }) => (queue === 'no_queue' ? '' : queue) },
    { title: 'BY', text: ({ by }) => by },
    { title: 'AGE', text: ({ created }) => formatSpan(now - created), right: true },
    { title: 'TOOK', text: (job) => tookText(job, now), right: true },
    { title: 'COMMANDS', text: ({ commands }) => commands.join('; '), flexible: true },
  ]
}

function stateText({ state, succeeded, reason, codes, position }: JobInfo): string {
  if (state === 'pending' && position !== undefined) return `pending (${position + 1})`
  if (state !== 'finished') return state
  if (reason !== undefined) return 'cut short'
  return succeeded ? 'succeeded' : `failed (${codes.at(-1)})`
}

function tookText({ started, finished }: JobInfo, now: number): string {
  return started === undefined ? '' : formatSpan((finished ?? now) - started)
}

function jobLines(job: JobDetail): string[] {
  const { id, queue, by, created, started, finished, reason, left, cgroup, outputBytes, outputFault } = job
  const facts = factLines([
    ['id', id],
    ['state', stateText(job)],
    ['reason', reason],
    ['queue', queue === 'no_queue' ? undefined : queue],
    ['by', by],
    ['created', formatTime(created)],
    ['started', started === undefined ? undefined : formatTime(started)],
    ['finished', finished === undefined ? undefined : formatTime(finished)],
    ['left', left === undefined ? undefined : leftLine(left)],
    ['cgroup', cgroup],
    ['output', formatBytes(outputBytes)],
    ['not kept', outputFault],
  ])
  return [...facts, ...job.commands.flatMap((command, index) => commandLines(job, command, index))]
}

function leftLine({ count, processes }: LeftProcesses): string {
  const named = processes.map(({ pid, end, command }) => escapeText(`${pid} ${command} (${end})`))
  return [`${count} ${count === 1 ? 'process' : 'processes'}`, ...named].join(', ')
}

function commandLines({ results }: JobDetail, command: string, index: number): string[] {
  const result = results[index]
  const title = `$ ${escapeText(command)}`
  if (result === undefined) return ['', `${title}    (not run)`]
  const { code, fault, output } = result
  const lines = output.replace(/\n$/, '').split('\n')
  return [
    '',
    code === undefined || code === 0 ? title : `${title}    (code ${code})`,
    ...(fault === undefined ? [] : [escapeText(fault)]),
    ...(output === '' ? [] : lines.map(escapeText)),
  ]
}
