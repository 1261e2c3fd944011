import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SendProgress } from '../../../src/sources/life-preserver/send-progress.js'
import { LifePreserverHarness } from './harness.js'

const STAMP = 'Fri Nov 20 04:52:33 UTC 2026'

/** The beginning of the output of `zfs send -v -R`. */
const HEAD = `send from @ to tank/home@auto-1 estimated size is 100M
total estimated size is 100M
TIME        SENT   SNAPSHOT
`
const sent = (time: string, size: string) => `${time}   ${size}   tank/home@auto-1\n`

test('progress is told against the estimated total, with the genuine text', () => {
  const progress = new SendProgress()
  expect(progress.add(HEAD)).toBeUndefined()
  expect(progress.add(sent('04:52:34', '55.5M'))).toBe('Replicating tank: 55.5M/100M (55.5%)')
  expect(progress.add(sent('04:52:35', '55.5M'))).toBeUndefined()
  expect(progress.add(sent('04:52:36', '60M') + sent('04:52:37', '70M'))).toBe(
    'Replicating tank: 70M/100M (70%)',
  )
  expect(progress.add('warning: cannot send\n04:52:38   8')).toBeUndefined()
  expect(progress.add('0M   tank/home@auto-1\n')).toBe('Replicating tank: 80M/100M (80%)')
})

test('without an estimate the total is ??, and a small part of a large total has its share', () => {
  expect(new SendProgress().add(sent('04:52:34', '1.50G'))).toBe('Replicating tank: 1.50G/??')
  expect(new SendProgress({ total: '1.50T' }).add(sent('04:52:34', '1.50G'))).toBe(
    'Replicating tank: 1.50G/1.50T (0%)',
  )
})

test('the output of a running replication is followed from its start to its end, over a restart', async () => {
  const harness = new LifePreserverHarness()
  const send = join(harness.folder, 'send.log')
  harness.append('')
  await harness.start()
  harness.append(`${STAMP}: Starting replication SYNC task on tank: ${send}\n`)
  harness.append(HEAD, send)
  await harness.until(() => harness.messages.length === 1)
  harness.append(sent('04:52:34', '10M'), send)
  await harness.until(() => harness.messages.length === 2)
  await harness.restart(() => harness.append(sent('04:52:35', '55.5M'), send))
  await harness.until(() => harness.messages.length === 3)
  harness.append(`${STAMP}: Finished replication task on tank -> backup\n`)
  await harness.until(() => harness.messages.length === 4)
  expect(harness.messages).toEqual([
    `${STAMP}: Starting replication for tank`,
    'Replicating tank: 10M/100M (10%)',
    'Replicating tank: 55.5M/100M (55.5%)',
    `${STAMP}: Finished replication for tank`,
  ])
  expect(harness.bodies[1]).toMatchObject({ class: 'replication', priority: '0 - Information' })
})

test('an output that cannot be read is a fault of the source until it can', async () => {
  const harness = new LifePreserverHarness()
  const send = join(harness.folder, 'send.log')
  harness.append('')
  await harness.start()
  harness.append(`${STAMP}: Starting replication SYNC task on tank: ${send}\n`)
  await harness.until(() => harness.runner.status().health?.state === 'degraded')
  expect(harness.runner.status().health?.details.producers).toEqual([
    expect.stringContaining(`replication: ${send}: ENOENT`),
  ])
  writeFileSync(send, HEAD + sent('04:52:34', '10M'))
  await harness.until(() => harness.messages.includes('Replicating tank: 10M/100M (10%)'))
  expect(harness.runner.status().health?.state).toBe('up')
})

test('of a very long output the newest progress is told', async () => {
  const harness = new LifePreserverHarness()
  const send = join(harness.folder, 'send.log')
  harness.append('')
  writeFileSync(send, HEAD + sent('04:52:34', '10M').repeat(100_000) + sent('04:59:59', '99M'))
  await harness.start()
  harness.append(`${STAMP}: Starting replication SYNC task on tank: ${send}\n`)
  await harness.until(() => harness.messages.includes('Replicating tank: 99M/100M (99%)'))
  expect(harness.messages).toHaveLength(2)
})
