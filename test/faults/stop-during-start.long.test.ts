import { join } from 'node:path'
import { expect, test } from 'vitest'
import { main, Running } from '../e2e/hub-process.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const ROUNDS = repeats(9, 1000)
const AT_ONCE = 3

const folder = temporaryFolder('stop')

function startHub(name: string): Running {
  const socket = join(folder, `${name}.sock`)
  const args = [main, 'serve', '--memory', '--no-sources', '--socket', socket, '--http', 'off']
  return new Running(process.execPath, args, { env: { PATH: process.env.PATH, HOME: folder } })
}

/** How long a start takes while as many others start, ms. */
async function timeOfStart(): Promise<number> {
  const begin = performance.now()
  const hubs = Array.from({ length: AT_ONCE }, (_, nth) => startHub(`first-${nth}`))
  await Promise.all(hubs.map((hub) => hub.says('is ready')))
  const time = performance.now() - begin
  await Promise.all(hubs.map((hub) => hub.signal('SIGTERM')))
  return time
}

/** A hub that gets a signal after this time; resolves when it has ended. */
async function startAndStop(name: string, signal: NodeJS.Signals, delay: number): Promise<number | null> {
  const hub = startHub(name)
  await new Promise((resolve) => setTimeout(resolve, delay))
  return (await hub.signal(signal)).code
}

test(
  `a signal at any of ${ROUNDS} random moments of the start stops the hub`,
  async () => {
    const seed = Date.now()
    let state = seed
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state / 2 ** 32
    }
    const codes = new Set<number | null>()
    const latest = 1.1 * (await timeOfStart())
    const run = async (first: number) => {
      for (let round = first; round < ROUNDS; round += AT_ONCE) {
        const signal = round % 2 === 0 ? 'SIGTERM' : 'SIGINT'
        codes.add(await startAndStop(String(round), signal, random() * latest))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => run(first)))
    // Ended by the signal itself, before its handler was there, or by the hub.
    expect(
      [...codes].filter((code) => ![null, 0, 130].includes(code)),
      `seed ${seed}`,
    ).toEqual([])
  },
  60_000 + ROUNDS * 3_000,
)
