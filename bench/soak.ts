import { appendFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { connect } from '../src/client/index.js'
import type { HubStatus } from '../src/methods/contract/index.js'
import { Bench } from './harness/bench.js'
import { pause, seconds } from './harness/clock.js'
import { trendOf } from './harness/flat.js'
import { Inspector } from './harness/inspector.js'
import { describeMachine } from './harness/machine.js'
import { anonymousKilobytes, openDescriptors, threadsOf } from './harness/process-facts.js'
import { soakAttacks } from './hostile/index.js'
import { describeMeasured, Siege } from './hostile/siege.js'
import { freePort } from './sides/network.js'

const RATE = 200
const ATTACK_SECONDS = 4
const SAMPLE_SECONDS = 10
/** Descriptors of files: segments of the log are opened and closed. */
const FILES_TOLERANCE = 16
/** Workers that are started with the first use of what they do. */
const THREADS_TOLERANCE = 4
const RETENTION = 64 * 1024 * 1024
/** The largest addition by segments that are not complete, and by the free pages of all. */
const MAX_LOG_BYTES = 2 * RETENTION
const CONFIG = `log: { retention: { bytes: ${RETENTION}B }, segment: { bytes: 8MiB } }\n`
const samples = fileURLToPath(new URL('../../soak.jsonl', import.meta.url))

interface Turn {
  /** After the garbage was collected. */
  anonymousMb: number
  heapMb: number
  externalMb: number
  sockets: number
  files: number
  threads: number
  logBytes: number
}

const bench = new Bench(true, (text) => console.log(text))
const failures: string[] = []

export async function main({ minutes }: { minutes: string }): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await bench.cleanUp()
      process.exit(130)
    })
  }
  try {
    await soak(Number(minutes) * 60)
  } catch (error) {
    failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    await bench.cleanUp()
  }
  for (const failure of failures) console.log(`FAIL ${failure}`)
  console.log(failures.length === 0 ? 'ok   memory is flat, and nothing was left open' : '')
  process.exitCode = failures.length === 0 ? 0 : 1
}

async function soak(length: number): Promise<void> {
  console.log(describeMachine())
  const port = await freePort()
  const nodeFlags = [`--inspect=127.0.0.1:${port}`]
  const siege = await Siege.lay(bench, soakAttacks, RATE, { config: CONFIG, nodeFlags })
  const inspector = await Inspector.open(port)
  const started = seconds()
  const stopSampling = sample(siege.hub.pid, started)
  const turns: Turn[] = [await look(siege, inspector)]
  describeTurn(0, turns[0])
  while (seconds() - started < length) {
    await attackInTurn(siege)
    turns.push(await look(siege, inspector))
    describeTurn((seconds() - started) / 60, turns[turns.length - 1])
  }
  stopSampling()
  inspector.close()
  judge(turns)
}

async function attackInTurn(siege: Siege): Promise<void> {
  for (const attack of soakAttacks) {
    try {
      const measured = await siege.strike(attack, 'quick', ATTACK_SECONDS)
      console.log(`  ${describeMeasured(attack.name, measured)}`)
    } catch (error) {
      failures.push(`${attack.name}: ${error instanceof Error ? error.message : error}`)
      console.log(`  ${failures[failures.length - 1]}`)
    }
  }
}

/** Turns are compared in the same phase: at rest, without garbage. */
async function look(siege: Siege, inspector: Inspector): Promise<Turn> {
  await siege.untilAtRest()
  const status = await statusOf(siege.hub.address)
  await inspector.collectGarbage()
  await pause(2)
  await inspector.collectGarbage()
  const { heapUsed, external } = await inspector.heap()
  const { sockets, others } = openDescriptors(siege.hub.pid)
  return {
    anonymousMb: anonymousKilobytes(siege.hub.pid) / 1024,
    heapMb: heapUsed / 2 ** 20,
    externalMb: external / 2 ** 20,
    sockets,
    files: others,
    threads: threadsOf(siege.hub.pid),
    logBytes: status.log.bytes,
  }
}

async function statusOf(address: string): Promise<HubStatus> {
  const client = await connect({ address })
  const status = await client.request('hub.status')
  await client.close()
  return status as HubStatus
}

/** Writes what the hub uses every few seconds to a file, for whoever looks for a cause. */
function sample(pid: number, started: number): () => void {
  rmSync(samples, { force: true })
  const timer = setInterval(() => {
    const at = Math.round(seconds() - started)
    const line = { at, anonymousKb: anonymousKilobytes(pid), ...openDescriptors(pid) }
    appendFileSync(samples, `${JSON.stringify(line)}\n`)
  }, SAMPLE_SECONDS * 1000)
  return () => clearInterval(timer)
}

function describeTurn(minutes: number, turn: Turn): void {
  const { anonymousMb, heapMb, externalMb, sockets, files, threads, logBytes } = turn
  const memory = `${anonymousMb.toFixed(0)} MB anonymous, ${heapMb.toFixed(1)} objects, ${externalMb.toFixed(1)} buffers`
  const log = `log ${(logBytes / 2 ** 20).toFixed(0)} MB`
  console.log(
    `${minutes.toFixed(0)} min: ${memory}; ${sockets} sockets, ${files} files, ${threads} threads; ${log}`,
  )
}

function judge([before, ...turns]: readonly Turn[]): void {
  for (const what of ['anonymousMb', 'heapMb'] as const) {
    const trend = trendOf(turns.map((turn) => turn[what]))
    if (trend === undefined) failures.push(`${what}: ${turns.length} turns are too few to tell`)
    else if (!trend.flat) failures.push(`${what} has grown by ${(trend.growth * 100).toFixed(0)} %`)
  }
  const last = turns.at(-1) ?? before
  if (last.sockets > before.sockets) failures.push(`${last.sockets - before.sockets} sockets are left open`)
  // Before the first attacks the log has no segments.
  const filled = turns.at(0) ?? before
  if (last.files > filled.files + FILES_TOLERANCE)
    failures.push(`${last.files - filled.files} files are left open`)
  if (last.threads > before.threads + THREADS_TOLERANCE)
    failures.push(`${last.threads - before.threads} threads are left`)
  if (last.logBytes > MAX_LOG_BYTES) failures.push(`the log has ${last.logBytes} bytes`)
}
