import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Running } from '../e2e/hub-process.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { sanitizedLmdb } from './damage/sanitized-lmdb.js'

/** DAMAGE_SEED: the seed of the first round, which is printed; each round has the next one. */
const rounds = repeats(1, 1000)
const seed = Number(process.env.DAMAGE_SEED ?? Math.floor(Math.random() * 2 ** 31))

const program = fileURLToPath(new URL('damage/child.mjs', import.meta.url))

test(`LMDB under AddressSanitizer reads and writes ${rounds} damaged data folders without a fault`, {
  timeout: 300_000 + rounds * 20_000,
}, async () => {
  console.log(`damage: DAMAGE_SEED=${seed} for ${rounds} rounds`)
  const folder = temporaryFolder('lmdb-sanitized')
  const env = { ...process.env, ...sanitizedLmdb(folder) }
  const run = (...args: string[]) => new Running(process.execPath, [program, ...args], { env }).ended
  expect(await run('make', join(folder, 'prepared'))).toMatchObject({ code: 0, stderr: 'sanitized\n' })
  const { code, stdout, stderr } = await run(
    'rounds',
    join(folder, 'prepared'),
    join(folder, 'work'),
    `${seed}`,
    `${rounds}`,
  )
  // If a finding took the process down, the last line has the seed of its round.
  const last = stdout.trim().split('\n').at(-1)
  expect({ code, last: JSON.parse(last ?? '{}'), stderr }).toMatchObject({
    code: 0,
    last: { round: seed + rounds - 1, faults: [] },
    stderr: 'sanitized\n',
  })
})
