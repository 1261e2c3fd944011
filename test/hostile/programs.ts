import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess, type HubProcessOptions } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** Programs whose output a source reads, and that keep to nothing. */

/** Memory besides that of a hub without the source. */
const MOST_MIB = 32
/** After these starts, the pauses have grown. */
const STARTS = 4
/** Events and losses of a source that is flooded. */
const FLOOD = 3000
const PATIENCE = { timeout: 50_000 }

export interface HostileProgram {
  /** In the language of the shell, in a folder of its own. */
  script: string
  /** The state of its source after some time. `read`: the program has made the file `done`. */
  seen: 'up' | 'read' | 'flooded' | 'restarted'
  /** Why its source is not up. */
  reason?: RegExp
  /** Memory that the hub may take more, MiB; default 32. */
  most?: number
}

/** Makes a program that notes its process and the time of each start. */
export function makeProgram(folder: string, script: string): string {
  const path = join(folder, 'program')
  const note = 'echo $$ $(date +%s%3N) >> starts'
  writeFileSync(path, `#!/bin/sh\ncd ${folder}\n${note}\n${script}\n`, { mode: 0o755 })
  return path
}

/** The process and the time of each start, ms. */
function startsIn(folder: string): number[][] {
  const path = join(folder, 'starts')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  return lines.map((line) => line.split(' ').map(Number))
}

function anonymousKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1])
}

/** Returns whether a process of this group is there. */
function groupLives(id: number): boolean {
  try {
    return process.kill(-id, 0)
  } catch {
    return false
  }
}

let idleKib: number | undefined

/** Of a hub without the source. */
async function idle(): Promise<number> {
  if (idleKib !== undefined) return idleKib
  await using hub = await HubProcess.start({ folder: temporaryFolder('idle'), config: configOf({}) })
  const client = await connect(hub.socket)
  await client.publish('others/work', {})
  await client.close()
  idleKib = anonymousKib(hub.pid)
  return idleKib
}

const configOf = (sources: object) => JSON.stringify({ log: { ring: '2MiB' }, sources })

async function sourceOf(client: Client, name: string) {
  const { sources } = await client.request('hub.status')
  return sources.find((each) => each.name === name) as HubStatus['sources'][number]
}

export interface Situation extends HostileProgram {
  folder: string
  /** The source that reads the program, and its name. */
  name: string
  sources: object
  hub?: Pick<HubProcessOptions, 'wrapper'>
}

/** The hub lives and serves others, with little memory, says why the source fails, and leaves nothing of the program. */
export async function expectNoHarm(situation: Situation): Promise<void> {
  const { folder, name, sources, seen, reason, most = MOST_MIB } = situation
  const before = await idle()
  const config = configOf(sources)
  await using hub = await HubProcess.start({ folder, config, sources: true, ...situation.hub })
  const client = await connect(hub.socket)
  const isSeen = {
    up: async () => startsIn(folder).length > 0,
    read: async () => existsSync(join(folder, 'done')),
    flooded: async () => {
      const { events, lost } = await sourceOf(client, name)
      return events + lost >= FLOOD
    },
    restarted: async () => startsIn(folder).length >= STARTS,
  }
  await vi.waitUntil(isSeen[seen], PATIENCE)
  await client.publish('others/work', {})
  if (reason !== undefined)
    await vi.waitFor(async () => expect((await sourceOf(client, name)).reason).toMatch(reason), PATIENCE)
  // What comes is garbage for a moment, and more of it the faster the program writes.
  await vi.waitFor(() => expect(anonymousKib(hub.pid) - before).toBeLessThan(most * 1024), PATIENCE)
  if (seen === 'restarted') expectGrowing(startsIn(folder).map(([, at]) => at))
  await client.close()
  expect(await hub.stop()).toMatchObject({ code: 0 })
  await vi.waitFor(() => expect(startsIn(folder).filter(([group]) => groupLives(group))).toEqual([]))
}

function expectGrowing(times: readonly number[]): void {
  const pauses = times.slice(1, STARTS).map((at, n) => at - times[n])
  expect(pauses.at(-1), `pauses of ${pauses}`).toBeGreaterThan(pauses[0])
}
