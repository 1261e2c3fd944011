import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Running } from '../e2e/hub-process.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** DAMAGE_SEED: the seed of the first round, which is printed; each round has the next one. */
const rounds = repeats(2, 1000)
const seed = Number(process.env.DAMAGE_SEED ?? Math.floor(Math.random() * 2 ** 31))

const program = fileURLToPath(new URL('damage/child.mjs', import.meta.url))

interface Round {
  round: number
  what: string
  faults: string[]
}

test(`a hub survives ${rounds} damages to its files: it starts, says all that is missing, and goes on`, {
  timeout: 60_000 + rounds * 10_000,
}, async () => {
  console.log(`damage: DAMAGE_SEED=${seed} for ${rounds} rounds`)
  const folder = temporaryFolder('damage')
  expect(await run('make', folder)).toMatchObject({ code: 0, stderr: '' })
  const half = Math.ceil(rounds / 2)
  const done = await Promise.all([
    damaged(folder, 'one', seed, half),
    damaged(folder, 'two', seed + half, rounds - half),
  ])
  expect(done.flat().filter(({ faults }) => faults.length > 0)).toEqual([])
  expect(done.flat()).toHaveLength(rounds)
})

async function damaged(folder: string, work: string, first: number, count: number): Promise<Round[]> {
  const { code, stdout, stderr } = await run('rounds', folder, join(folder, work), `${first}`, `${count}`)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  // If a hub took the process down, the last line has the seed of its round.
  expect({ code, last: lines.at(-1) }, stderr).toMatchObject({ code: 0, last: { round: first + count - 1 } })
  return lines.filter((line) => 'round' in line)
}

function run(...args: string[]) {
  return new Running(process.execPath, [program, ...args]).ended
}
