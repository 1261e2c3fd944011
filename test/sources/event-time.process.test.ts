import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { encode, iterateFrames } from '../../src/event/index.js'
import { formatTime } from '../../src/event/position.js'
import { journalSource, journalSourcesConfig } from '../../src/sources/journal/index.js'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceEvent } from '../../src/sources/source.js'
import { TestBus } from '../bus/fixture.js'
import { FakeHost } from '../helpers/fake-source-host.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { caller } from '../methods/call.js'
import { FilesHarness } from './files/files-harness.js'

const COUNT = 120
/** From 20 to 90 seconds apart. */
const times = Array.from(
  { length: COUNT },
  (_, nth) => 1_763_693_666_000_000 + nth * 55_000_000 + ((nth * 37) % 71) * 500_111,
)
const range = (from: number, to: number) => ({ from: times[from] - 250_000, to: times[to] + 250_000 })

/** Writes a genuine journal file with an entry for each time. */
function writeJournal(folder: string): string {
  const file = join(folder, 'system.journal')
  const entries = times.map((time, nth) =>
    [
      `__REALTIME_TIMESTAMP=${time}`,
      `__MONOTONIC_TIMESTAMP=${time - times[0] + 1}`,
      '_BOOT_ID=0123456789abcdef0123456789abcdef',
      '_HOSTNAME=vm',
      'PRIORITY=6',
      'SYSLOG_IDENTIFIER=demo',
      `MESSAGE=entry ${nth}`,
    ].join('\n'),
  )
  execFileSync('/lib/systemd/systemd-journal-remote', ['-o', file, '-'], {
    input: `${entries.join('\n\n')}\n\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  return file
}

function askJournalctl(file: string, { from, to }: { from: number; to: number }): string[] {
  const seconds = (micros: number) => `@${(micros / 1e6).toFixed(6)}`
  const output = execFileSync('journalctl', [
    `--file=${file}`,
    `--since=${seconds(from)}`,
    `--until=${seconds(to)}`,
    '--output=cat',
    '--quiet',
  ])
  return output
    .toString()
    .split('\n')
    .filter((line) => line !== '')
}

/** The events that a source makes of the journal. */
async function readJournal(directory: string): Promise<SourceEvent[]> {
  const host = new FakeHost(realRuntime)
  const [config] = journalSourcesConfig.parse([{ name: 't', from: 'start', directory }])
  const runner = new SourceRunner(journalSource(config), host)
  const found = () => host.events.filter(({ tag }) => tag.startsWith('host/web1/journal/t/'))
  runner.start()
  await vi.waitFor(() => expect(found().length).toBe(COUNT), { timeout: 30_000, interval: 10 })
  await runner.stop()
  return found()
}

/** The events that a source makes of a file with the same lines in another order, as of a few files read at once. */
async function readFile(): Promise<SourceEvent[]> {
  const files = new FilesHarness()
  const mixed = times.map((_, nth) => (nth * 77) % COUNT)
  const lines = mixed.map((nth) => JSON.stringify({ time: formatTime(times[nth]), msg: `entry ${nth}` }))
  files.append('a.log', `${lines.join('\n')}\n`)
  await files.start({ lines: [files.path('*.log')], from: 'start', parse: 'json' })
  await files.until(() => files.data.length === COUNT)
  await files.close()
  return files.host.events.filter(({ tag }) => tag === 'host/web1/files/t/line')
}

it('a journal and a log file that are read later answer as journalctl --since --until does', async () => {
  const folder = temporaryFolder('journal')
  const file = writeJournal(folder)
  const hub = await TestBus.open()
  for (const { tag, source, data, attributes } of [...(await readFile()), ...(await readJournal(folder))])
    hub.store({ tag, source, attributes: attributes && encode(attributes), body: encode(data) })
  await hub.runtime.settle()
  const ask = caller(hub)
  for (const [from, to] of [
    [0, 0],
    [0, COUNT - 1],
    [17, 40],
    [99, 103],
    [COUNT - 1, COUNT - 1],
  ]) {
    const asked = range(from, to)
    const expected = askJournalctl(file, asked)
    expect(expected.length).toBe(to - from + 1)
    for (const source of ['journal', 'files']) {
      const given = {
        from: formatTime(asked.from),
        to: formatTime(asked.to),
        filters: `host/web1/${source}/`,
      }
      const page = await ask('events.read', { ...given, time: 'event', limit: 1000 })
      const found = [...iterateFrames(page.frames)].map(({ data }) => (data as { message: string }).message)
      expect(found, source).toEqual(expected)
      expect(await ask('events.late', given)).toEqual({ count: expected.length, exact: true })
    }
  }
})
