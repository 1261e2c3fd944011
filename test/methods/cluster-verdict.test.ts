import { expect, test } from 'vitest'
import { verdictOf } from '../../src/methods/cluster-verdict.js'
import type { HubView, VerifiedStream } from '../../src/methods/contract/index.js'

function stream(result: VerifiedStream['result'], more: Partial<VerifiedStream> = {}): VerifiedStream {
  return {
    ...{ stream: 'S', holds: 'the log', result, first: 1, last: 20, messages: 20 },
    ...{ servers: [], places: 0, differences: [], ...more },
  }
}

function hub(last: number, lost: object[] = []): HubView {
  return { hub: 'one', status: { log: { last, lost } } as never }
}

test('hubs that have delivered what the servers have make the verdict equal', () => {
  const found = verdictOf([stream('equal'), stream('single'), stream('absent')], [hub(18), hub(20)])
  expect(found.result).toBe('equal')
  expect(found.hubs.map(({ result }) => result)).toEqual(['equal', 'equal'])
})

test('a hub that has delivered more than the log has, or something else, makes it different', () => {
  expect(verdictOf([stream('equal')], [hub(21)]).result).toBe('different')
  const found = verdictOf([stream('equal')], [hub(20, [{ from: 3, to: 4, damaged: true }])])
  expect(found).toMatchObject({ result: 'different', hubs: [{ diverged: [{ from: 3, to: 4 }] }] })
})

test('one difference counts for more than what could not be compared', () => {
  expect(verdictOf([stream('incomplete'), stream('different')], []).result).toBe('different')
  expect(verdictOf([stream('equal'), stream('incomplete')], [hub(1)]).result).toBe('incomplete')
})

test('a hub that does not answer, and a log that nobody could read, make it incomplete', () => {
  const silent = verdictOf(
    [stream('equal')],
    [{ hub: 'two', fault: 'no answer', code: 'TCN_CLUSTER_NO_ANSWER' }],
  )
  expect(silent).toMatchObject({ result: 'incomplete', hubs: [{ hub: 'two', fault: 'no answer' }] })
  const unread = verdictOf([stream('incomplete', { fault: 'no answer', last: undefined })], [hub(20)])
  expect(unread).toMatchObject({ result: 'incomplete', hubs: [{ result: 'incomplete' }] })
})
