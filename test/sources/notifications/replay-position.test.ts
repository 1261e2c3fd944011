import { expect, it } from 'vitest'
import { ReplayPosition } from '../../../src/sources/notifications/replay-position.js'

const SECOND = 1_000_000
const MINUTE = 60 * SECOND

function positionAt(now: number): ReplayPosition {
  const position = new ReplayPosition()
  position.hasForgotten({ logCreated: 0 })
  position.endReplay(now, now)
  return position
}

function connect(position: ReplayPosition, now: number): void {
  position.connected(now, now)
}

it('a log that has lost what came while the device was connected has lost nothing', () => {
  const position = positionAt(MINUTE)
  connect(position, 4 * MINUTE)
  expect(position.hasForgotten({ logCreated: 0, logAged: 3 * MINUTE })).toBe(false)
})

it('a log that is seen for the first time has lost what came before it was created', () => {
  const position = new ReplayPosition()
  position.record(MINUTE, 'digest', MINUTE)
  expect(position.hasForgotten({ logCreated: 2 * MINUTE })).toBe(true)
  expect(position.hasForgotten({ logCreated: 2 * MINUTE })).toBe(false)
  const other = new ReplayPosition()
  other.record(MINUTE, 'digest', MINUTE)
  expect(other.hasForgotten({ logCreated: MINUTE })).toBe(false)
})

it('after the clock of a device was set back, the times before say nothing of what has come', () => {
  const position = positionAt(90 * MINUTE)
  connect(position, 90 * MINUTE)
  position.record(30 * MINUTE, 'digest', 91 * MINUTE)
  connect(position, 92 * MINUTE)
  expect(position.hasForgotten({ logCreated: 0, logAged: 40 * MINUTE })).toBe(true)
})

it('a clock of the hub that was wrong says nothing of what the device has sent', () => {
  const slow = MINUTE
  const position = new ReplayPosition()
  position.hasForgotten({ logCreated: 0 })
  position.endReplay(61 * MINUTE, 0)
  position.connected(slow, 0)
  position.connected(slow + 62 * MINUTE, 2 * MINUTE)
  const other = ReplayPosition.read(position.write())
  expect(other.hasForgotten({ logCreated: 0, logAged: 62 * MINUTE })).toBe(false)
  expect(other.hasForgotten({ logCreated: 0, logAged: 64 * MINUTE })).toBe(true)
})

it('while a notification waits, and 40 s later, the source counts as connected until it came', () => {
  const position = positionAt(MINUTE)
  connect(position, 2 * MINUTE)
  position.wait(2 * MINUTE)
  position.wait(3 * MINUTE)
  for (const now of [3 * MINUTE, 3 * MINUTE + 39 * SECOND]) connect(position, now)
  expect(position.since).toBe(2 * MINUTE)
  const other = ReplayPosition.read(position.write())
  expect(other.hasForgotten({ logCreated: 0, logAged: 2 * MINUTE })).toBe(true)
  connect(position, 3 * MINUTE + 40 * SECOND)
  expect(position.hasForgotten({ logCreated: 0, logAged: 2 * MINUTE })).toBe(false)
})

it('a clock that is set back delays by 40 s what is known of the connection, and no longer', () => {
  const position = positionAt(MINUTE)
  position.wait(60 * MINUTE)
  connect(position, 2 * MINUTE)
  expect(position.since).toBeUndefined()
  connect(position, 2 * MINUTE + 40 * SECOND)
  expect(position.since).toBe(2 * MINUTE + 40 * SECOND)
})

it('what was sent within 40 s before a loss may not have come, unless it was reported as lost', () => {
  const position = positionAt(MINUTE)
  connect(position, 2 * MINUTE)
  expect(position.since).toBe(2 * MINUTE)
  connect(position, 3 * MINUTE)
  expect(position.since).toBe(2 * MINUTE + 20 * SECOND)
  position.reported(4 * MINUTE)
  connect(position, 4 * MINUTE + 10 * SECOND)
  expect(position.since).toBe(4 * MINUTE)
})

it('while what was missed still comes, more of it may be lost', () => {
  const position = positionAt(MINUTE)
  connect(position, MINUTE)
  position.beginReplay()
  connect(position, 10 * MINUTE)
  expect(position.since).toBe(MINUTE)
  position.catchUp()
  connect(position, 10 * MINUTE)
  expect(position.since).toBe(9 * MINUTE + 20 * SECOND)
  position.beginReplay()
  position.endReplay(12 * MINUTE, 12 * MINUTE)
  connect(position, 12 * MINUTE)
  expect(position.since).toBe(11 * MINUTE + 20 * SECOND)
})

it('in a storm, the newest of the window are written, and they fit into a position', () => {
  const position = positionAt(MINUTE)
  const last = 1_769_839_200_000_000
  for (let nth = 20_000; nth > 0; nth--) position.record(last - nth, `digest${nth}`.slice(-8), last)
  const written = position.write()
  expect(JSON.stringify(written).length).toBeLessThan(500 * 1024)
  expect(position.write(2).recent).toEqual(written.recent?.slice(-2))
  const again = ReplayPosition.read(written)
  again.beginReplay()
  expect(again.isRepeat('digest1')).toBe(true)
})
