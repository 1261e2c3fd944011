import { expect, test } from 'vitest'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { live, ROUNDS_A_LOG, storiesOf, timeoutOf } from './everything/story.js'
import { PowerFailures } from './power/failures.js'

/** POWER_HUB_SEED: repeats the moments and sizes of a run; the seed of every run is printed. */
const rounds = repeats(1, 200)
const seed = Number(process.env.POWER_HUB_SEED ?? Math.floor(Math.random() * 2 ** 32))

test.each(storiesOf(rounds, seed))(
  'a hub whose power fails $rounds times with everything at work keeps what it promises',
  { timeout: timeoutOf(ROUNDS_A_LOG) },
  async ({ rounds, from }) => {
    console.log(`power: POWER_HUB_SEED=${from} for ${rounds} rounds`)
    const folder = temporaryFolder('power-hub')
    console.log(`power: ${await live({ rounds, from, deaths: new PowerFailures(), folder })}`)
  },
)

test('a disk that only says that it has flushed is found out', { timeout: timeoutOf(2) }, async () => {
  const folder = temporaryFolder('power-hub')
  const told = live({ rounds: 2, from: seed, deaths: new PowerFailures(false), folder })
  await expect(told).rejects.toThrow(/was durable|after round|is missing|instead of/)
})
