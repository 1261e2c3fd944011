import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Running } from '../e2e/hub-process.js'
import { someOf } from '../helpers/repeats.js'
import { afterHello, expectOurs, type Told } from './calls.js'
import { HostileServer } from './hostile-server.js'
import { hubs } from './hubs.js'

/** Programs that use the client for TypeScript against a hub that keeps to no protocol. */

const program = fileURLToPath(new URL('library-program.mjs', import.meta.url))
/** The greeting of a hub has ten seconds, every other call one. */
const LONGEST_MS = 20_000
/** Several calls at once get answers of 4 MB without end: most of it is garbage. */
const MOST_MIB = 192
const [FIRST_PAUSE_MS, GROWING] = [25, 7]

interface ToldOfPauses extends Told {
  /** Before each attempt to connect again, ms. */
  pauses: number[]
}

async function run(address: string): Promise<ToldOfPauses> {
  const { code, stdout, stderr } = await new Running(process.execPath, [program, address]).ended
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as ToldOfPauses
}

// They wait for most of their time.
it.concurrent.each(someOf(Object.entries(hubs), 14))(
  'every call of a program ends against a hub that %s',
  async (_hub, talk) => {
    await using server = await HostileServer.start(afterHello(talk))
    const { pauses, ...told } = await run(`tcp://127.0.0.1:${server.port}`)
    expectOurs(told, LONGEST_MS, MOST_MIB)
    for (const [at, pause] of pauses.slice(0, GROWING).entries())
      expect(pause, `pause ${at} of ${pauses}`).toBeGreaterThanOrEqual(FIRST_PAUSE_MS * 2 ** at)
  },
)
