import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import { repeats } from '../../helpers/repeats.js'
import { act, HOUR, SECOND, type Step, step, World, world } from './replay-world.js'

interface Kind {
  isDynamic: boolean
  hasReplay: boolean
  endsReplay: boolean
  saysAged?: boolean
}

interface Sent {
  key: string
  at: string
}

/** Every notification that is sent is another one. */
async function sendAll(made: World, steps: readonly Step[]): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const next of steps) {
    if (next.do !== 'emit') await act(made, next)
    else {
      const k = sent.length
      sent.push({ key: JSON.stringify({ k: String(k) }), at: formatTime(made.runtime.now()) })
      made.emit(k)
    }
  }
  return sent
}

function expectWithinGaps({ host, published }: World, sent: readonly Sent[]): void {
  const gaps = host.data('hub/gap/netconf/r1')
  const lost = sent.filter(({ key }) => !published.includes(key))
  for (const { at } of lost)
    expect(gaps.filter(({ from, to }) => String(from) <= at && at <= String(to))).not.toEqual([])
}

it('a suspension that stands behind a notification that waits is a gap from where it may have begun', () =>
  world(
    async (made) => {
      await made.pass(60_000)
      const steps: Step[] = [{ do: 'fill' }, { do: 'emit', k: 0 }, { do: 'suspend' }, { do: 'emit', k: 1 }]
      const sent = await sendAll(made, steps)
      await made.pass(20_000)
      made.host.full = false
      await made.pass(1_000)
      made.device.resume()
      await made.settle()
      await made.pass(1_000)
      expect(made.published).toEqual([sent[0].key])
      expectWithinGaps(made, sent)
    },
    0,
    false,
    true,
  ))

it('what comes between the end of a suspension and the subscription that makes up for it moves no replay', () =>
  world(
    async (made) => {
      await made.pass(60_000)
      const steps: Step[] = [
        { do: 'emit', k: 0 },
        { do: 'fill' },
        { do: 'emit', k: 0 },
        { do: 'suspend' },
        { do: 'emit', k: 0 },
        { do: 'pass', ms: 4_000 },
        { do: 'resume' },
        { do: 'emit', k: 0 },
      ]
      const sent = await sendAll(made, steps)
      made.host.full = false
      await made.up(10_000)
      expect(made.published).toEqual(sent.map(({ key }) => key))
      expect(made.gaps).toEqual([])
    },
    0,
    true,
    true,
  ))

it.each([
  ['RFC 5277', { isDynamic: false, hasReplay: true, endsReplay: true }],
  ['RFC 5277 without the end of the past', { isDynamic: false, hasReplay: true, endsReplay: false }],
  ['RFC 5277 without a log', { isDynamic: false, hasReplay: false, endsReplay: true }],
  [
    'RFC 5277, which does not say what was forgotten',
    { isDynamic: false, hasReplay: true, endsReplay: true, saysAged: false },
  ],
  [
    'RFC 5277, which says neither that nor the end of the past',
    { isDynamic: false, hasReplay: true, endsReplay: false, saysAged: false },
  ],
  ['RFC 8639', { isDynamic: true, hasReplay: true, endsReplay: true }],
  ['RFC 8639 without the end of the past', { isDynamic: true, hasReplay: true, endsReplay: false }],
  ['RFC 8639 without a log', { isDynamic: true, hasReplay: false, endsReplay: true }],
  [
    'RFC 8639, which does not say what was forgotten',
    { isDynamic: true, hasReplay: true, endsReplay: true, saysAged: false },
  ],
])(
  'with %s, all that does not come was sent within a gap',
  { timeout: 300_000 },
  async (_name, { isDynamic, hasReplay, endsReplay, saysAged = true }: Kind) => {
    const isKnown = (each: Step) => isDynamic || (each.do !== 'suspend' && each.do !== 'resume')
    const steps = fc.array(step.filter(isKnown), { maxLength: 40 })
    const ahead = fc.constantFrom(-HOUR / 2, -SECOND, 0, SECOND / 3, HOUR)
    await fc.assert(
      fc.asyncProperty(steps, ahead, async (given, offset) => {
        const made = new World(offset, hasReplay, isDynamic)
        made.device.endsReplay = endsReplay
        made.device.saysAged = saysAged
        await made.start(10_000)
        await made.pass(60_000)
        // Something has come, by which a log is known again.
        const sent = await sendAll(made, [{ do: 'emit', k: 0 }, ...given])
        made.host.full = false
        made.isReachable = true
        made.device.resume()
        await made.up(10_000)
        // Without the end of the past, it is over when nothing has come between two signs of life.
        for (let nth = 0; nth < 3; nth++) await made.pass(60_000)
        expectWithinGaps(made, sent)
        await made.close()
      }),
      { numRuns: repeats(12, 1000) },
    )
  },
)

it('a log is believed until it is so long that it may be full, if nothing is known that it should still have', async () => {
  for (const count of [99, 100]) {
    const made = new World()
    made.device.saysAged = false
    await made.start()
    await made.pass(60_000)
    made.drop()
    for (let k = 0; k < count + 7; k++) made.emit(k)
    made.device.forget(7)
    await made.up()
    expect(made.published).toHaveLength(count)
    expect(made.gaps).toHaveLength(count === 100 ? 1 : 0)
    await made.close()
  }
})
