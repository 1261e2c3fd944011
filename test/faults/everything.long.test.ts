import { test } from 'vitest'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { type Deaths, live, ROUNDS_A_LOG, storiesOf, timeoutOf } from './everything/story.js'

/** EVERYTHING_SEED: repeats the moments and sizes of a run; the seed of every run is printed. */
const rounds = repeats(1, 300)
const seed = Number(process.env.EVERYTHING_SEED ?? Math.floor(Math.random() * 2 ** 32))

/** The usual end of a hub: all that it has written is there. */
const kills: Deaths = {
  options: async () => ({}),
  end: async (hub) => void (await hub.signal('SIGKILL')),
}

test.each(storiesOf(rounds, seed))(
  'a hub killed $rounds times with everything at work keeps what it promises',
  { timeout: timeoutOf(ROUNDS_A_LOG) },
  async ({ rounds, from }) => {
    console.log(`everything: EVERYTHING_SEED=${from} for ${rounds} rounds`)
    const told = await live({ rounds, from, deaths: kills, folder: temporaryFolder('everything') })
    console.log(`everything: ${told}`)
  },
)
