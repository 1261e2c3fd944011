import { type Attack, Tally, type Target } from './attack.js'
import { Peer } from './peer.js'

const READERS = { full: 200, quick: 100 }
const CUTS = 5

/** Many subscribers that want the whole log, leave after a moment and come again. */
export const fromStart: Attack = {
  name: 'from-start',
  what: 'subscribers from the start of the log that are cut off and come again, 5 times',
  must: 50,
  prepare: async (target, size) => async (seconds) => {
    const outcomes = new Tally()
    for (let i = 0; i < CUTS; i++) {
      const readers = await Promise.all(Array.from({ length: READERS[size] }, () => join(target, outcomes)))
      await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / CUTS))
      for (const reader of readers) reader?.close()
    }
    return String(outcomes)
  },
}

async function join(target: Target, outcomes: Tally): Promise<Peer | undefined> {
  try {
    const peer = await Peer.open(target)
    peer.send('subscribe', { filters: ['load/'], from: 'start' } as never)
    outcomes.add('subscribed')
    return peer
  } catch (error) {
    outcomes.add(String(error))
    return undefined
  }
}
