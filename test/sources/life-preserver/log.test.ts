import { copyFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLogLine } from '../../../src/sources/life-preserver/log-line.js'
import { LifePreserverHarness } from './harness.js'

const STAMP = 'Fri Nov 20 04:52:33 UTC 2026'
const snapshotOf = (dataset: string) => `${STAMP}: Creating snapshot on ${dataset}\n`
const told = (dataset: string) => `${STAMP}: New snapshot of ${dataset}`

test('a snapshot is told with the genuine arguments', async () => {
  const harness = new LifePreserverHarness()
  harness.append('')
  await harness.start()
  harness.append(snapshotOf('Tank/home'))
  await harness.until(() => harness.messages.length === 1)
  expect(harness.bodies).toEqual([
    {
      class: 'snapshot',
      message: 'Fri Nov 20 04:52:33 UTC 2026: New snapshot of tank/home',
      priority: '1 - Information',
    },
  ])
  const [event] = harness.host.events.filter(({ tag }) => tag.startsWith('sysadm/'))
  expect([event.tag, event.source]).toEqual(['sysadm/life-preserver/snapshot', 'host/web1/life-preserver'])
})

test.each([
  [
    `${STAMP}: Starting replication SYNC task on Tank: /var/log/lpreserver/send.log`,
    { class: 'replication', message: `${STAMP}: Starting replication for tank`, priority: '1 - Information' },
  ],
  [
    `${STAMP}: Finished replication task on tank -> backup.example.org`,
    { class: 'replication', message: `${STAMP}: Finished replication for tank`, priority: '1 - Information' },
  ],
  [
    `${STAMP}: FAILED replication task on tank -> backup.example.org: LOGFILE: /var/log/lpreserver/Failed.log`,
    {
      class: 'replication',
      message: `${STAMP}: Replication Failed for tank\nLogfile available at: /var/log/lpreserver/Failed.log`,
      priority: '7 - Critical',
    },
  ],
])('the line "%s" has its genuine event', (line, event) => {
  expect(readLogLine(line)?.event).toEqual(event)
})

test('lines that are none of those are no events', () => {
  for (const line of ['', '::::', `${STAMP}: Pruning snapshots on tank`, 'Creating snapshot on tank'])
    expect(readLogLine(line)).toBeUndefined()
  expect(readLogLine(`${STAMP}: Starting replication SYNC task on tank: /a:b.log`)?.sendLog).toBe('/a:b.log')
})

test('a log that appears later, in a folder that appears later, is read from its start', async () => {
  const folder = join(new LifePreserverHarness().folder, 'later')
  const harness = new LifePreserverHarness({ log: join(folder, 'lpreserver.log') })
  await harness.start()
  await harness.until(() => harness.runner.status().health?.details.unavailable !== undefined)
  expect(harness.runner.status().health?.details.unavailable).toEqual({
    log: `${folder}/lpreserver.log does not exist yet`,
    snapshots: 'zpool is not installed',
  })
  mkdirSync(folder)
  harness.append(snapshotOf('tank/a'), join(folder, 'lpreserver.log'))
  await harness.until(() => harness.messages.length === 1)
  expect(harness.messages).toEqual([told('tank/a')])
})

test('a log that exists at the first start is read from its end, or from its start if that is wanted', async () => {
  for (const from of ['end', 'start'] as const) {
    const harness = new LifePreserverHarness({ from })
    harness.append(snapshotOf('tank/old'))
    await harness.start()
    harness.append(snapshotOf('tank/new'))
    await harness.until(() => harness.messages.includes(told('tank/new')))
    expect(harness.messages.includes(told('tank/old'))).toBe(from === 'start')
  }
})

test('each line is told once over restarts and rotations, by renaming and by copying', async () => {
  const harness = new LifePreserverHarness()
  harness.append('')
  await harness.start()
  harness.append(snapshotOf('tank/1'))
  await harness.until(() => harness.messages.length === 1)
  await harness.restart(() => {
    harness.append(snapshotOf('tank/2'))
    renameSync(harness.log, `${harness.log}.1`)
    harness.append(snapshotOf('tank/3') + snapshotOf('tank/4'))
  })
  await harness.until(() => harness.messages.length === 4)
  copyFileSync(harness.log, `${harness.log}.2`)
  truncateSync(harness.log)
  harness.append(snapshotOf('tank/5'))
  await harness.until(() => harness.messages.length === 5)
  expect(harness.messages).toEqual(['tank/1', 'tank/2', 'tank/3', 'tank/4', 'tank/5'].map(told))
})

test('a line that is written in two parts is one event', async () => {
  const harness = new LifePreserverHarness()
  writeFileSync(harness.log, '')
  await harness.start()
  harness.append(snapshotOf('tank/a').slice(0, -3))
  harness.append(snapshotOf('tank/b').slice(-3))
  await harness.until(() => harness.messages.length === 1)
  expect(harness.messages).toEqual([told('tank/b')])
})
