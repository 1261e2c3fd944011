import type { Client } from '../../../client/api.js'
import { codeOf, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubStatus } from '../../../methods/contract/index.js'
import type { HubOptions } from '../../help/options.js'
import { helpWidth } from '../../help/wrap.js'
import { call, withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { retentionText } from '../../output/answers.js'
import { report } from '../../output/report.js'
import { formatBytes, formatCount } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { confirm } from '../../terminal/prompts.js'
import type { Figures } from './figures.js'
import { measureFullSpeed, measureReplay, type RateFigures } from './full-speed.js'
import { Latencies } from './latencies.js'
import { measureDurable, measureReceipt } from './paced.js'
import { type BenchOptions, Plan } from './plan.js'
import { answerOf, reportLines } from './report.js'

const PROBE_MS = 5000
const PROGRESS_MS = 100

export async function runBench(io: Io, options: BenchOptions): Promise<void> {
  const plan = new Plan(options)
  const none = { events: 0, took: 0 }
  const figures: Figures = {
    receipt: new Latencies(),
    durable: new Latencies(),
    published: none,
    received: none,
    gaps: 0,
    replayed: { ...none },
  }
  const status = await withHub(io, options, async (client) => {
    // Only those with the right `monitor` may ask.
    const status = await call(io, client, 'hub.status', {}, options).catch(() => undefined)
    await confirm(io, options, () => warning(plan, status))
    await measureAll(io, client, options, plan, figures)
    return status
  })
  const run = { plan, figures, status, complete: !io.signal.aborted }
  await report(io, options.json ? 'json' : options.format, [answerOf(run)], () =>
    reportLines(run, Math.min(80, helpWidth(io))),
  )
}

function warning(plan: Plan, status: HubStatus | undefined): string {
  const most = `${formatBytes(plan.limit * plan.eventBytes)} (${formatCount(plan.limit)} events)`
  const kept = status === undefined ? 'retention removes them' : keptText(status)
  return `this writes up to ${most} below ${plan.prefix} into the log of the hub, where they stay: ${kept}`
}

function keptText({ log, disk }: HubStatus): string {
  const free = disk === undefined ? '' : `; ${formatBytes(disk.free)} of the disk are free`
  const limited = log.retention.bytes !== undefined || log.retention.count !== undefined
  const older = limited ? ', and older events may have to make room' : ''
  return `retention is ${retentionText(log.retention)}${older}${free}`
}

/** Measures until it is done or interrupted. */
async function measureAll(
  io: Io,
  client: Client,
  hub: HubOptions,
  plan: Plan,
  figures: Figures,
): Promise<void> {
  const from = await probe(io, client, plan)
  const { signal } = io
  await during(io, '1/4 time to receipt', latencyText(figures.receipt), () =>
    measureReceipt(client, plan, signal, figures.receipt),
  )
  await during(io, '2/4 durable acknowledgement', latencyText(figures.durable), () =>
    measureDurable(client, plan, signal, figures.durable).catch((error: unknown) => {
      if (codeOf(error) !== 'TCN_LOG_NOT_DURABLE') throw error
      figures.notDurable = 'the log is in memory only'
    }),
  )
  await during(
    io,
    '3/4 publishing at full speed',
    rateText(() => figures.published),
    () => measureFullSpeed(client, hub, plan, signal, figures),
  )
  await during(
    io,
    '4/4 reading what is stored',
    rateText(() => figures.replayed),
    () => measureReplay(client, from, plan, signal, figures.replayed),
  )
}

/** One measurement, with its figures so far on the terminal. An interrupt ends it without an error. */
async function during(io: Io, name: string, text: () => string, measure: () => Promise<void>): Promise<void> {
  if (io.signal.aborted) return
  const started = performance.now()
  const progress = new Progress(
    io,
    () => `${name}: ${((performance.now() - started) / 1000).toFixed(0)} s${text()}`,
  )
  const ticking = setInterval(() => progress.tick(), PROGRESS_MS)
  try {
    await measure()
  } catch (error) {
    if (!io.signal.aborted) throw error
  } finally {
    clearInterval(ticking)
    progress.end()
  }
}

function latencyText(latencies: Latencies): () => string {
  return () =>
    latencies.count === 0
      ? ''
      : `, ${formatCount(latencies.count)} events, median ${(latencies.median / 1000).toFixed(2)} ms`
}

function rateText(figures: () => RateFigures): () => string {
  return () => {
    const { events, took } = figures()
    return took === 0
      ? ''
      : `, ${formatCount(events)} events, ${formatCount((events * 1000) / took)} a second`
  }
}

/** Publishes and receives one event, so that a missing right is told before anything is measured. */
async function probe(io: Io, client: Client, plan: Plan): Promise<string> {
  const tag = `${plan.prefix}probe`
  const arrived = new AbortController()
  const subscription = client.subscribe(tag, { signal: io.signal })
  try {
    await subscription.ready()
    plan.stored++
    const { cursor } = await client.publish(tag, null)
    const timer = setTimeout(() => arrived.abort(), PROBE_MS)
    const received = firstOf(subscription.events())
    const late = new Promise<false>((resolve) =>
      arrived.signal.addEventListener('abort', () => resolve(false)),
    )
    const seen = await Promise.race([received, late])
    clearTimeout(timer)
    if (!seen) throw denied(plan, `an event below ${plan.prefix} was accepted, but not delivered`)
    return cursor ?? 'start'
  } catch (error) {
    if (codeOf(error) !== 'TCN_ACCESS_DENIED') throw error
    throw denied(plan, messageOf(error))
  } finally {
    await subscription.close()
  }
}

async function firstOf(events: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of events) return true
  return false
}

function denied(plan: Plan, reason: string): TocsinError {
  const prefix = plan.prefix.replace(/[^/]*\/$/, '')
  return new TocsinError(
    'TCN_ACCESS_DENIED',
    `${reason}; the bench needs the rights of \`tocsin token add bench --publish ${prefix} --see ${prefix}\``,
  )
}
