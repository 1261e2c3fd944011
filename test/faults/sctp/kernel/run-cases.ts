import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Case, cases, sanitized, sideBySide } from './cases/index.js'
import { peer } from './peer.js'
import { addAddress, permanentHost, sysctl } from './stage.js'

export type Results = Record<string, { milliseconds: number; error?: string }>

/** A kernel of User-Mode Linux takes many times as long on a machine that does other work. */
const CASE_LIMIT = 300_000

/**
 * Runs in a kernel that has SCTP: runs all cases, then those of the C code again with the addon built with a
 * sanitizer, in a separate program, which a finding terminates; or plays the part of a peer.
 */
const [what, ...rest] = process.argv.slice(2)
if (what === 'peer') await peer(rest)
else if (what === 'sanitized') await runAll(sanitized, process.env.sctp_sanitized_results!)
else {
  prepare()
  await runAll(cases, process.env.sctp_results!)
  // Sockets that a case has left open still use their ports.
  const env = {
    ...process.env,
    TOCSIN_SCTP_ADDON: process.env.sctp_sanitized_addon,
    sctp_first_port: '30000',
  }
  const ended = spawnSync(process.execPath, [process.argv[1], 'sanitized'], { env, stdio: 'inherit' })
  if (ended.status !== 0) console.error(`The sanitized cases ended with ${ended.signal ?? ended.status}.`)
}
process.exit()

function prepare(): void {
  if (!/^SCTP /m.test(readFileSync('/proc/net/protocols', 'utf8'))) throw new Error('this kernel has no SCTP')
  addAddress(permanentHost)
  // Packets that are lost in a burst are sent again soon.
  sysctl('rto_min', 50)
  sysctl('rto_initial', 200)
  // A socket of another case may be made while a case has switched the change of addresses on, and connect after it.
  sysctl('addip_noauth_enable', 1)
}

async function runAll(all: Record<string, Case>, file: string): Promise<void> {
  const results: Results = {}
  const only = process.env.sctp_only ?? ''
  const wanted = Object.entries(all).filter(([name]) => name.includes(only))
  const run = async ([name, action]: [string, Case]) => {
    const started = performance.now()
    const error = await withLimit(action)
    results[name] = { milliseconds: Math.round(performance.now() - started), error }
    // Written after each case, so that the last one is known if the kernel stops.
    writeFileSync(file, JSON.stringify(results))
  }
  const isTogether = ([name]: [string, Case]) => name in sideBySide
  for (const each of wanted) if (!isTogether(each)) await run(each)
  await Promise.all(wanted.filter(isTogether).map(run))
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
