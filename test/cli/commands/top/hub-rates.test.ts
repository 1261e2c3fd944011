import { expect, test } from 'vitest'
import { HubRates } from '../../../../src/cli/commands/top/hub-rates.js'
import type { HubState } from '../../../../src/cli/hub/hub-state.js'
import type { HubStatus } from '../../../../src/methods/contract/index.js'

const at = (name: string, seconds: number, accepted: number) =>
  ({ name, now: seconds * 1e6, events: { accepted } }) as HubStatus

function of(...hubs: (HubStatus | string)[]): HubState {
  const views = hubs.map((hub) => (typeof hub === 'string' ? { hub } : { hub: hub.name, status: hub }))
  return { status: hubs[0] as HubStatus, overview: { hubs: views } } as HubState
}

test('each hub has the rate at which it accepts events, by its own clock, and none while it does not answer', () => {
  const rates = new HubRates()
  expect(rates.next(of(at('one', 1, 100), at('two', 900, 5)))).toEqual(new Map())
  expect(rates.next(of(at('one', 3, 120), at('two', 901, 8)))).toEqual(
    new Map([
      ['one', 10],
      ['two', 3],
    ]),
  )
  expect(rates.next(of(at('one', 4, 120), 'two'))).toEqual(new Map([['one', 0]]))
  // A restart begins to count again.
  expect(rates.next(of(at('one', 5, 3), at('two', 903, 20)))).toEqual(new Map([['one', 0]]))
  expect(rates.next({ status: at('one', 6, 7) })).toEqual(new Map([['one', 4]]))
})
