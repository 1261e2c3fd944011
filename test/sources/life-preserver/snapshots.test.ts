import { expect, test } from 'vitest'
import { dateStamp } from '../../../src/sources/life-preserver/date-stamp.js'
import type { Outcome } from '../../../src/sources/run-program.js'
import { DATED, EXACT, failed, IDS, printed, zfsFuse } from '../zfs/recorded.js'
import { LifePreserverHarness } from './harness.js'

/** A host with ZFS, whose snapshots can be changed. */
class Zfs {
  readonly harness = new LifePreserverHarness({ snapshots: '1s' })
  looks = 0
  id = '64119'
  rows: string[] = []

  constructor() {
    this.harness.run = async (program, args) => this.#answer([program, ...args].join(' '))
  }

  #answer(command: string): Outcome {
    if (command === IDS) return printed(`tank\t${this.id}\n`)
    expect(command).toBe(EXACT)
    this.looks++
    return printed(this.rows.map((row) => `${row}\n`).join(''))
  }

  add(path: string, transaction: number, created = Date.now()): void {
    this.rows.push(`${path}\t${transaction}\t${Math.ceil(created / 1000)}`)
  }

  async start(): Promise<void> {
    await this.harness.start()
    await this.looked()
  }

  /** Waits until a look that has begun after this call is over. */
  async looked(): Promise<void> {
    const looks = this.looks
    this.harness.heard([{ class: 'sysevent.fs.zfs.history_event', fields: {} }])
    await this.harness.until(() => this.looks >= looks + 1)
  }

  get subjects(): string[] {
    return this.harness.bodies.map(({ class: kind, message }) => `${kind} ${message.split(' ').at(-1)}`)
  }

  async until(subjects: string[]): Promise<void> {
    await this.harness.until(() => this.subjects.length >= subjects.length)
    expect(this.subjects).toEqual(subjects)
  }
}

test('snapshots that exist at the first look are not told; later ones are, by whomever they were made', async () => {
  const zfs = new Zfs()
  zfs.add('tank/home@old', 10, 1e12)
  await zfs.start()
  const created = Math.ceil(Date.now() / 1000) * 1000
  zfs.add('tank/home@new', 20, created)
  await zfs.until(['snapshot tank/home@new'])
  expect(zfs.harness.bodies[0]).toEqual({
    class: 'snapshot',
    message: `${dateStamp(created)}: New snapshot of tank/home@new`,
    priority: '1 - Information',
  })
})

test('a new snapshot that is older than the last look was received', async () => {
  const zfs = new Zfs()
  await zfs.start()
  zfs.add('tank/copy@auto', 20, 1e12)
  await zfs.until(['replication tank/copy@auto'])
  expect(zfs.harness.messages[0]).toBe(`${dateStamp(1e12)}: Received snapshot tank/copy@auto`)
})

test('a snapshot of which ZFS says that it was received was received, however new it is', async () => {
  const zfs = new Zfs()
  await zfs.start()
  zfs.add('tank/copy@auto', 20)
  zfs.harness.heard([
    {
      class: 'sysevent.fs.zfs.history_event',
      fields: {
        history_dsname: 'tank/copy/%recv',
        history_internal_name: 'finish receiving',
        history_internal_str: 'snap=auto',
      },
    },
  ])
  await zfs.until(['replication tank/copy@auto'])
})

test('snapshots made while no hub ran are told after its start, each once', async () => {
  const zfs = new Zfs()
  zfs.add('tank@a', 10)
  await zfs.start()
  await zfs.harness.restart(() => zfs.add('tank@b', 11))
  await zfs.until(['snapshot tank@b'])
  await zfs.harness.restart()
  zfs.add('tank@c', 12)
  await zfs.until(['snapshot tank@b', 'snapshot tank@c'])
})

test('a list that lacks some snapshots of a transaction loses none of them, and repeats none', async () => {
  const zfs = new Zfs()
  await zfs.start()
  zfs.add('tank/b@r', 30)
  await zfs.until(['snapshot tank/b@r'])
  zfs.add('tank/a@r', 30)
  await zfs.until(['snapshot tank/b@r', 'snapshot tank/a@r'])
  await zfs.looked()
  await zfs.looked()
  expect(zfs.subjects).toHaveLength(2)
})

test('a renamed snapshot and those of a pool that was created again are not new', async () => {
  const zfs = new Zfs()
  zfs.add('tank@a', 10)
  zfs.add('tank@b', 11)
  await zfs.start()
  await zfs.looked()
  zfs.rows = []
  zfs.add('tank@renamed', 10)
  zfs.add('tank@b', 11)
  await zfs.looked()
  zfs.id = '7'
  zfs.add('tank@other', 99)
  await zfs.looked()
  await zfs.looked()
  zfs.add('tank@last', 100)
  await zfs.until(['snapshot tank@last'])
})

test('what the hub does not accept is told when it accepts events again, each once', async () => {
  const zfs = new Zfs()
  await zfs.start()
  zfs.harness.host.full = true
  zfs.add('tank@a', 20)
  zfs.add('tank@b', 20)
  await zfs.looked()
  await zfs.looked()
  zfs.harness.host.full = false
  await zfs.until(['snapshot tank@a', 'snapshot tank@b'])
})

test('a snapshot that the log has announced is not told a second time', async () => {
  const zfs = new Zfs()
  zfs.harness.append('')
  await zfs.start()
  zfs.harness.append('Fri Nov 20 04:52:33 UTC 2026: Creating snapshot on tank/home\n')
  await zfs.until(['snapshot tank/home'])
  zfs.add('tank/home@auto', 20)
  zfs.add('tank/other@auto', 20)
  await zfs.until(['snapshot tank/home', 'snapshot tank/other@auto'])
})

test('zfs-fuse, which tells times to the minute, is followed too', async () => {
  const zfs = new Zfs()
  const answers = { ...zfsFuse }
  zfs.harness.run = async (program, args) =>
    answers[[program, ...args].join(' ')] ?? failed('no such command')
  await zfs.harness.start()
  await zfs.harness.until(() => zfs.harness.host.store.size > 0)
  answers[DATED] = printed(`${answers[DATED].output}tank@c\t20\tSat Nov 21 16:07 2026\n`)
  await zfs.harness.until(() => zfs.subjects.length === 1)
  expect(zfs.subjects[0]).toContain('tank@c')
})

test('that ZFS cannot be asked is a fault of the source; that there is none is not', async () => {
  const { harness } = new Zfs()
  harness.append('')
  harness.run = async () => failed('internal error: out of memory')
  await harness.start()
  await harness.until(() => harness.runner.status().health?.state === 'degraded')
  expect(harness.runner.status().health?.reason).toBe('snapshots: internal error: out of memory')
})
