import { readFileSync, writeFileSync } from 'node:fs'
import { type Case, cases, sideBySide } from './cases/index.js'
import { peer } from './peer.js'
import { addAddress, permanentHost, sysctl } from './stage.js'

export type Results = Record<string, { milliseconds: number; error?: string }>

const CASE_LIMIT = 20_000

/** Runs in a kernel that has SCTP: all cases, or the part of a peer in a process of its own. */
if (process.argv[2] === 'peer') await peer(process.argv.slice(3))
else await runAll(process.env.sctp_results!)

async function runAll(file: string): Promise<void> {
  const results: Results = {}
  if (!/^SCTP /m.test(readFileSync('/proc/net/protocols', 'utf8'))) throw new Error('this kernel has no SCTP')
  addAddress(permanentHost)
  // A packet that a burst has lost is sent again soon.
  sysctl('rto_min', 50)
  sysctl('rto_initial', 200)
  const only = process.env.sctp_only ?? ''
  const wanted = Object.entries(cases).filter(([name]) => name.includes(only))
  const run = async ([name, action]: [string, Case]) => {
    const started = performance.now()
    const error = await withLimit(action)
    results[name] = { milliseconds: Math.round(performance.now() - started), error }
    // After each, so that a kernel that stops tells where.
    writeFileSync(file, JSON.stringify(results))
  }
  const isTogether = ([name]: [string, Case]) => name in sideBySide
  for (const each of wanted) if (!isTogether(each)) await run(each)
  await Promise.all(wanted.filter(isTogether).map(run))
  process.exit()
}

async function withLimit(run: () => Promise<void>): Promise<string | undefined> {
  const limit = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`not through after ${CASE_LIMIT} ms`)), CASE_LIMIT).unref()
  })
  try {
    await Promise.race([run(), limit])
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
