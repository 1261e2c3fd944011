import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FilesHarness } from './files-harness.js'

let files: FilesHarness
beforeEach(() => {
  files = new FilesHarness()
})
afterEach(() => files.close())

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`)
const text = (from: number, to: number) => `${numbered(from, to).join('\n')}\n`

describe('lines', () => {
  it('are published as they are appended, with file and offset', async () => {
    files.append('app.log', 'before\n')
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', 'one\ntwo\n')
    await files.until(() => files.data.length === 2)
    expect(files.data).toEqual([
      { file: files.path('app.log'), line: 'one', offset: 7 },
      { file: files.path('app.log'), line: 'two', offset: 11 },
    ])
  })

  it('that exist at the very first start are published if requested', async () => {
    files.append('app.log', text(1, 3))
    await files.start({ lines: [files.path('app.log')], from: 'start' })
    await files.until(() => files.lines().length === 3)
    expect(files.lines()).toEqual(numbered(1, 3))
  })

  it('of a file that appears later are published from its start', async () => {
    await files.start({ lines: [files.path('*/app.log')] })
    mkdirSync(files.path('a'))
    files.append('a/app.log', text(1, 2))
    await files.until(() => files.lines().length === 2)
    expect(files.lines()).toEqual(numbered(1, 2))
  })

  it('of all files that a pattern matches are published, each file once', async () => {
    await files.start({ lines: [files.path('*.log'), files.path('**/*.log')], ignore: ['skip*'] })
    mkdirSync(files.path('deep/er'), { recursive: true })
    files.append('a.log', 'a\n')
    files.append('skip.log', 'no\n')
    files.append('.hidden.log', 'no\n')
    files.append('a.txt', 'no\n')
    files.append('deep/er/b.log', 'b\n')
    symlinkSync(files.path('a.log'), files.path('link.log'))
    await files.until(() => files.lines().length === 2)
    files.append('a.log', 'end\n')
    await files.until(() => files.lines().includes('end'))
    expect(files.lines().sort()).toEqual(['a', 'b', 'end'])
  })

  it('without an end wait until it arrives', async () => {
    await files.start({ lines: [files.path('app.log')], partialAfter: '1h' })
    files.append('app.log', 'whole\nha')
    await files.until(() => files.lines().length === 1)
    files.append('app.log', 'l')
    files.append('app.log', 'ves\n')
    await files.until(() => files.lines().length === 2)
    expect(files.lines()).toEqual(['whole', 'halves'])
  })

  it('whose end does not arrive in time are published and marked, and so is the rest', async () => {
    await files.start({ lines: [files.path('app.log')], partialAfter: '100ms' })
    files.append('app.log', 'Password: ')
    await files.until(() => files.data.length === 1)
    files.append('app.log', 'secret\nnext\n')
    await files.until(() => files.data.length === 3)
    const file = files.path('app.log')
    expect(files.data).toEqual([
      { file, line: 'Password: ', offset: 0, partial: true },
      { file, line: 'secret', offset: 10, continued: true },
      { file, line: 'next', offset: 17 },
    ])
  })

  it('that are too long are cut and marked', async () => {
    await files.start({ lines: [files.path('app.log')], maxLine: '64B' })
    files.append('app.log', `${'x'.repeat(200_000)}\nshort\n`)
    await files.until(() => files.data.length === 2)
    expect(files.data).toMatchObject([
      { line: 'x'.repeat(64), cut: 200_000 },
      { line: 'short', offset: 200_001 },
    ])
  })

  it('that are not UTF-8 keep their bytes', async () => {
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', Uint8Array.of(0x61, 0xff, 0x62, 0x0a))
    await files.until(() => files.data.length === 1)
    expect(files.data[0]).toMatchObject({ line: 'a\ufffdb', bytes: Uint8Array.of(0x61, 0xff, 0x62) })
  })

  it('cut within a character still count as UTF-8', async () => {
    await files.start({ lines: [files.path('app.log')], maxLine: '64B' })
    files.append('app.log', `x${'é'.repeat(40)}\n`)
    await files.until(() => files.data.length === 1)
    expect(files.data[0]).toEqual({
      file: files.path('app.log'),
      line: `x${'é'.repeat(31)}\ufffd`,
      offset: 0,
      cut: 81,
    })
  })
})

describe('a hub that accepts no events', () => {
  it('stops the reading; later, all lines are published in order and once', async () => {
    await files.start({ lines: [files.path('*.log')] })
    files.host.full = true
    files.append('app.log', text(1, 20_000))
    files.append('other.log', 'other\n')
    let asked = 0
    const publish = files.host.publish.bind(files.host)
    files.host.publish = (event) => {
      asked++
      // Refuses again and again, in the middle of what was read.
      if (asked % 700 === 0) return false
      return publish(event)
    }
    await files.until(() => asked > 1)
    files.host.full = false
    await files.until(() => files.lines().length === 20_001)
    expect(files.lines().filter((line) => line !== 'other')).toEqual(numbered(1, 20_000))
  })
})

describe('a restart', () => {
  it('neither loses nor duplicates a line', async () => {
    const config = { lines: [files.path('app.log')] }
    await files.start(config)
    files.append('app.log', text(1, 10))
    await files.until(() => files.lines().length === 10)
    await files.stop()
    files.append('app.log', text(11, 20))
    await files.start(config)
    await files.until(() => files.lines().length === 20)
    expect(files.lines()).toEqual(numbered(1, 20))
  })

  it('reads a file that appeared in the meantime from its start', async () => {
    const config = { lines: [files.path('*.log')] }
    await files.start(config)
    await files.stop()
    files.append('new.log', text(1, 3))
    await files.start(config)
    await files.until(() => files.lines().length === 3)
  })

  it('resumes within a line whose beginning was published', async () => {
    const config = { lines: [files.path('app.log')], partialAfter: '100ms' }
    await files.start(config)
    files.append('app.log', 'begin')
    await files.until(() => files.data.length === 1)
    await files.stop()
    files.append('app.log', ' end\n')
    await files.start(config)
    await files.until(() => files.data.length === 2)
    expect(files.data[1]).toMatchObject({ line: ' end', offset: 5, continued: true })
  })

  it('on another machine, where the file system has another device number, continues in the same file', async () => {
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', text(1, 3))
    await files.until(() => files.lines().length === 3)
    await files.stop()
    const [[key, stored]] = [...files.host.store]
    const elsewhere = Buffer.from(stored)
      .toString()
      .replaceAll(/"id":"\d+:/g, '"id":"4242:')
    files.host.store.set(key, Buffer.from(elsewhere))
    files.append('app.log', text(4, 5))
    renameSync(files.path('app.log'), files.path('app.log.1'))
    files.append('app.log', text(6, 7))
    await files.start({ lines: [files.path('app.log')] })
    await files.until(() => files.lines().length === 7)
    expect(files.lines()).toEqual(numbered(1, 7))
    expect(files.gaps()).toEqual([])
  })

  it('reads the rest of a file that was renamed in the meantime, then the new one', async () => {
    const config = { lines: [files.path('app.log')] }
    await files.start(config)
    files.append('app.log', text(1, 3))
    await files.until(() => files.lines().length === 3)
    await files.stop()
    files.append('app.log', text(4, 5))
    renameSync(files.path('app.log'), files.path('app.log.2'))
    files.append('app.log', text(6, 7))
    renameSync(files.path('app.log'), files.path('app.log.1'))
    files.append('app.log', text(8, 9))
    await files.start(config)
    await files.until(() => files.lines().length === 9)
    expect(files.lines()).toEqual(numbered(1, 9))
    expect(files.gaps()).toEqual([])
  })

  it('reports a file that has disappeared as a gap', async () => {
    const config = { lines: [files.path('app.log')] }
    await files.start(config)
    files.append('app.log', text(1, 3))
    await files.until(() => files.lines().length === 3)
    await files.stop()
    rmSync(files.path('app.log'))
    await files.start(config)
    await files.until(() => files.gaps().length === 1)
    expect(files.gaps()).toMatchObject([
      {
        count: null,
        reason: `any bytes after the first 21 were not read of ${files.path('app.log')}, which was rotated away while it was not followed`,
      },
    ])
  })

  it('notices that the content was replaced, and reports the gap', async () => {
    const config = { lines: [files.path('app.log')] }
    await files.start(config)
    files.append('app.log', text(1, 3))
    await files.until(() => files.lines().length === 3)
    await files.stop()
    writeFileSync(files.path('app.log'), 'other content, and more of it than before\n')
    await files.start(config)
    await files.until(() => files.lines().length === 4)
    expect(files.lines()[3]).toBe('other content, and more of it than before')
    await files.until(() => files.gaps().length === 1)
  })

  it('after a kill republishes lines only at the same place in the same stream', async () => {
    const config = { lines: [files.path('app.log')] }
    await files.start(config)
    files.append('app.log', text(1, 2))
    await files.until(() => files.lines().length === 2)
    const early = new Map(files.host.store)
    files.append('app.log', text(3, 5))
    await files.until(() => files.lines().length === 5)
    await files.stop()
    const published = files.host.events.filter(({ tag }) => tag.endsWith('/line'))
    for (const [key, value] of early) files.host.store.set(key, value)
    files.host.events.length = 0
    await files.start(config)
    files.append('app.log', text(6, 6))
    await files.until(() => files.lines().at(-1) === 'line 6')
    const again = files.host.events.filter(({ tag }) => tag.endsWith('/line'))
    const places = new Map(published.map(({ counter: place, data }) => [JSON.stringify(place), data]))
    for (const { counter: place, data } of again.slice(0, -1))
      expect(data).toEqual(places.get(JSON.stringify(place)))
    expect(new Set(again.map(({ counter: place }) => place?.stream))).toEqual(
      new Set(published.map(({ counter: place }) => place?.stream)),
    )
  })

  it('after a kill soon after the first line, a file that was truncated gets another stream', async () => {
    const config = { lines: [files.path('app.log')] }
    let kept: typeof files.host.store | undefined
    const publish = files.host.publish.bind(files.host)
    files.host.publish = (event) => {
      if (event.tag.endsWith('/line')) kept ??= new Map(files.host.store)
      return publish(event)
    }
    files.append('app.log', '')
    await files.start(config)
    files.append('app.log', text(1, 3))
    await files.until(() => files.lines().length === 3)
    await files.stop()
    for (const [key, value] of kept!) files.host.store.set(key, value)
    truncateSync(files.path('app.log'))
    files.append('app.log', 'new\n')
    await files.start(config)
    await files.until(() => files.lines().at(-1) === 'new')
    const published = files.host.events.filter(({ tag }) => tag.endsWith('/line'))
    expect(published.at(-1)?.counter?.stream).not.toBe(published[0].counter?.stream)
  })

  it('keeps every file in the stream of its lines, even one that appeared and disappeared unnoticed', async () => {
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', text(1, 2))
    await files.until(() => files.lines().length === 2)
    const unknown: unknown[] = []
    const publish = files.host.publish.bind(files.host)
    files.host.publish = (event) => {
      const stream = event.counter?.stream.split('/').at(-1)
      const kept = [...files.host.store.values()].map((value) => Buffer.from(value).toString('latin1'))
      if (stream && !kept.some((position) => position.includes(stream))) unknown.push(event.data)
      return publish(event)
    }
    renameSync(files.path('app.log'), files.path('app.log.1'))
    files.append('app.log', text(3, 4))
    renameSync(files.path('app.log'), files.path('app.log.2'))
    files.append('app.log', text(5, 6))
    await files.until(() => files.lines().length === 6)
    expect(files.lines()).toEqual(numbered(1, 6))
    expect(unknown).toEqual([])
  })
})

describe('a file that is truncated', () => {
  it('is read from its start', async () => {
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', text(1, 3))
    await files.until(() => files.lines().length === 3)
    truncateSync(files.path('app.log'))
    files.append('app.log', 'new\n')
    await files.until(() => files.lines().length === 4)
    expect(files.lines()).toEqual([...numbered(1, 3), 'new'])
    expect(files.gaps()).toEqual([])
  })

  it('and written again to the same size is read from its start', async () => {
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', 'one\n')
    await files.until(() => files.lines().length === 1)
    // Some file systems count the time of changes in steps of 10 ms.
    await setTimeout(50)
    writeFileSync(files.path('app.log'), 'two\n')
    await files.until(() => files.lines().length === 2)
    expect(files.lines()).toEqual(['one', 'two'])
    expect(files.gaps()).toEqual([])
  })

  it('publishes the beginning of a line that was waiting for its end', async () => {
    await files.start({ lines: [files.path('app.log')], partialAfter: '1h' })
    files.append('app.log', 'whole\nhalf')
    await files.until(() => files.lines().length === 1)
    truncateSync(files.path('app.log'))
    await files.until(() => files.lines().length === 2)
    expect(files.data[1]).toMatchObject({ line: 'half', partial: true })
  })
})

describe('a file that is deleted', () => {
  it('and created again is read from its start', async () => {
    await files.start({ lines: [files.path('app.log')] })
    files.append('app.log', text(1, 2))
    await files.until(() => files.lines().length === 2)
    rmSync(files.path('app.log'))
    files.append('app.log', text(3, 4))
    await files.until(() => files.lines().length === 4)
    expect(files.lines()).toEqual(numbered(1, 4))
  })
})

describe('limits', () => {
  it('files over the limit are left out, and reported in a gap and in the health', async () => {
    for (let i = 0; i < 5; i++) files.append(`${i}.log`, '')
    await files.start({ lines: [files.path('*.log')], maxFiles: 3 })
    await files.until(() => files.gaps().length === 1)
    expect(files.runner.status().health).toMatchObject({ state: 'degraded', details: { files: 3 } })
  })

  it('many files are followed at once', async () => {
    await files.start({ lines: [files.path('*.log')], maxFiles: 300 })
    for (let i = 0; i < 300; i++) files.append(`${i}.log`, `first ${i}\nsecond ${i}\n`)
    await files.until(() => files.lines().length === 600)
    expect(new Set(files.lines()).size).toBe(600)
  })

  it('a folder in place of a file is not a fault', async () => {
    mkdirSync(files.path('dir.log'))
    await files.start({ lines: [files.path('*.log')] })
    expect(files.runner.status().health?.state).toBe('up')
  })
})
