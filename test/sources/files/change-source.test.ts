import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import { FilesHarness } from './files-harness.js'

let files: FilesHarness
beforeEach(() => {
  files = new FilesHarness()
  mkdirSync(files.path('top/sub'), { recursive: true })
  files.append('top/old', 'old\n')
  files.append('top/sub/old', 'old\n')
})
afterEach(() => files.close())

/** Starts the source and waits for its first comparison. */
async function watching(config: Record<string, unknown> = {}): Promise<void> {
  await files.start({ changes: [files.path('top')], poll: '1h', ...config })
  await files.until(() => Number(files.runner.status().health?.details.entries) === 4)
  files.append('top/mark', '')
  await files.until(() => files.changes().includes('created top/mark'))
  files.host.events.length = 0
}

async function told(...expected: string[]): Promise<void> {
  await files.until(() => files.changes().length >= expected.length)
  expect([...files.changes()].sort()).toEqual([...expected].sort())
}

describe('changes', () => {
  it('of files and folders are reported, but not the entries that existed before', async () => {
    await watching()
    files.append('top/new', 'x')
    await told('created top/new')
    files.append('top/sub/old', 'more\n')
    await told('created top/new', 'modified top/sub/old')
    rmSync(files.path('top/old'))
    await told('created top/new', 'modified top/sub/old', 'deleted top/old')
  })

  it('have path, kind, size, permissions and time', async () => {
    await watching()
    writeFileSync(files.path('top/new'), 'four', { mode: 0o640 })
    await told('created top/new')
    expect(files.host.events.at(-1)).toEqual({
      tag: 'host/web1/files/t/changed',
      source: 'host/web1/files/t',
      data: {
        path: files.path('top/new'),
        change: 'created',
        kind: 'file',
        size: 4,
        mode: '0640',
        modified: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      place: undefined,
    })
  })

  it('in new folders are reported too', async () => {
    await watching()
    mkdirSync(files.path('top/a/b'), { recursive: true })
    files.append('top/a/b/c', 'x')
    await told('created top/a', 'created top/a/b', 'created top/a/b/c')
    files.append('top/a/b/d', 'x')
    await told('created top/a', 'created top/a/b', 'created top/a/b/c', 'created top/a/b/d')
  })

  it('of entries whose name is not UTF-8 are not reported, but counted in the health', async () => {
    await watching()
    const name = Buffer.concat([Buffer.from(files.path('top/sub/bad')), Buffer.of(0xff)])
    const unreadable = () => files.runner.status().health?.details.names
    writeFileSync(name, '')
    await files.until(() => unreadable() === '1 not watched, since their names are not UTF-8')
    expect(files.runner.status().health?.state).toBe('degraded')
    renameSync(files.path('top/sub'), files.path('top/moved'))
    await told('moved top/sub -> top/moved')
    await files.until(() => unreadable() !== undefined)
    rmSync(files.path('top/moved'), { recursive: true })
    await files.until(() => unreadable() === undefined)
    expect(files.runner.status().health?.state).toBe('up')
  })

  it('of permissions are reported', async () => {
    await watching()
    chmodSync(files.path('top/old'), 0o600)
    chmodSync(files.path('top/sub'), 0o700)
    await told('modified top/old', 'modified top/sub')
  })

  it('of a file rewritten in place are one modification', async () => {
    await watching()
    files.append('top/.old.swp', 'new content')
    renameSync(files.path('top/.old.swp'), files.path('top/old'))
    await told('modified top/old')
  })

  it('of a file that is deleted and created again are reported once, the deletion first', async () => {
    await watching()
    rmSync(files.path('top/old'))
    files.append('top/mark', 'looked at meanwhile')
    await files.until(() => files.changes().includes('modified top/mark'))
    files.append('top/old', 'again')
    await files.until(() => files.changes().includes('created top/old'))
    await files.until(() => files.changes().includes('deleted top/old'))
    files.append('top/mark', 'and once more')
    await files.until(() => files.changes().at(-1) === 'modified top/mark')
    expect(files.changes()).toEqual([
      'modified top/mark',
      'deleted top/old',
      'created top/old',
      'modified top/mark',
    ])
    expect(files.runner.status().health?.details.entries).toBe(5)
  })

  it('of a folder that is replaced by another are reported in order, with its entries', async () => {
    await watching()
    renameSync(files.path('top/sub'), files.path('outside'))
    mkdirSync(files.path('top/sub'))
    await files.until(() => files.changes().includes('created top/sub'))
    files.append('top/sub/new', 'x')
    await files.until(() => files.changes().includes('created top/sub/new'))
    expect(files.changes()).toEqual([
      'deleted top/sub/old',
      'deleted top/sub',
      'created top/sub',
      'created top/sub/new',
    ])
  })

  it('of a link are those of the link, not of its target', async () => {
    await watching()
    symlinkSync('/etc', files.path('top/link'))
    await told('created top/link')
    expect(files.host.events.at(-1)?.data).toMatchObject({ kind: 'link' })
  })
})

describe('a move', () => {
  it('of a file is reported as one', async () => {
    await watching()
    renameSync(files.path('top/old'), files.path('top/sub/new name'))
    await told('moved top/old -> top/sub/new name')
  })

  it('of a folder is reported as one, and its entries are watched in their new place', async () => {
    await watching()
    renameSync(files.path('top/sub'), files.path('top/moved'))
    await told('moved top/sub -> top/moved')
    files.append('top/moved/old', 'more')
    await told('moved top/sub -> top/moved', 'modified top/moved/old')
  })

  it('over another file is reported as one', async () => {
    await watching()
    renameSync(files.path('top/old'), files.path('top/sub/old'))
    await told('moved top/old -> top/sub/old')
  })

  it('out of the tree is a deletion, into it a creation', async () => {
    await watching()
    renameSync(files.path('top/sub'), files.path('outside'))
    await told('deleted top/sub/old', 'deleted top/sub')
    renameSync(files.path('outside'), files.path('top/back'))
    await told('deleted top/sub/old', 'deleted top/sub', 'created top/back', 'created top/back/old')
  })

  it('is not reported when a file gets a second name', async () => {
    await watching()
    linkSync(files.path('top/old'), files.path('top/sub/second'))
    await told('created top/sub/second')
  })
})

describe('a tree', () => {
  it('that is deleted is reported from its leaves, and again when it is restored', async () => {
    await watching()
    rmSync(files.path('top'), { recursive: true })
    await told('deleted top/mark', 'deleted top/old', 'deleted top/sub/old', 'deleted top/sub', 'deleted top')
    expect(files.changes().at(-1)).toBe('deleted top')
    files.host.events.length = 0
    mkdirSync(files.path('top'))
    files.append('top/again', '')
    await told('created top', 'created top/again')
  })

  it('may be a single file', async () => {
    await files.start({ changes: [files.path('top/old')], poll: '1h' })
    await files.until(() => Number(files.runner.status().health?.details.entries) === 1)
    files.append('top/old', 'more')
    await told('modified top/old')
    rmSync(files.path('top/old'))
    await told('modified top/old', 'deleted top/old')
  })

  it('leaves out ignored entries', async () => {
    await watching({ ignore: ['*.tmp', '*/skip/*'] })
    mkdirSync(files.path('top/skip'))
    files.append('top/a.tmp', '')
    files.append('top/skip/x', '')
    files.append('top/seen', '')
    await told('created top/skip', 'created top/seen')
  })

  it('that cannot be watched is compared occasionally', async () => {
    await files.start({ changes: [files.path('top')], poll: '1s', maxWatches: 0 })
    await files.until(() => Number(files.runner.status().health?.details.entries) === 4)
    expect(files.runner.status().health?.details).toMatchObject({ watches: 0, watch: 'more than 0 folders' })
    files.append('top/sub/new', '')
    await told('created top/sub/new')
  })

  it('with more entries than may be watched is reported, and the rest of it watched', async () => {
    for (let i = 0; i < 50; i++) files.append(`top/sub/${i}`, '')
    await files.start({ changes: [files.path('top')], maxEntries: 10 })
    await files.until(() => files.gaps().length === 1)
    expect(files.gaps()).toMatchObject([{ count: null, reason: 'there are more than 10 files and folders' }])
    expect(files.runner.status().health).toMatchObject({ state: 'degraded', details: { entries: 10 } })
    expect(files.changes()).toEqual([])
  })

  it('of a thousand files is reported completely, however few events the hub accepts at a time', async () => {
    await watching()
    let asked = 0
    const publish = files.host.publish.bind(files.host)
    files.host.publish = (event) => (++asked % 300 === 0 ? false : publish(event))
    for (let i = 0; i < 1_000; i++) files.append(`top/sub/${i}`, '')
    await files.until(() => files.changes().length >= 1_000)
    rmSync(files.path('top/sub'), { recursive: true })
    await files.until(() => files.changes().length >= 2_002)
    const changes = files.changes().filter((change) => !change.startsWith('modified'))
    expect(new Set(changes).size).toBe(2_002)
    expect(changes).toHaveLength(2_002)
  })
})

describe('after a restart', () => {
  it('changes in the meantime are reported, and so is that moves and deletions are unknown', async () => {
    await watching()
    await files.stop()
    // The stored position is slightly before the stop, so that later changes are reported again. The clock of
    // the file system is a few ms behind.
    const at = Date.now() - 20
    files.host.store.set('files/t', new TextEncoder().encode(`{"position":{"at":${at}}}`))
    files.append('top/sub/old', 'more')
    files.append('top/new', '')
    rmSync(files.path('top/old'))
    files.host.events.length = 0
    await files.start({ changes: [files.path('top')] })
    await told('modified top/sub/old', 'created top/new')
    await files.until(() => files.gaps().length === 1)
    expect(files.gaps()[0]).toMatchObject({
      from: formatTime(at * 1000),
      reason: 'moves and deletions while the source did not run are not known',
    })
  })

  it('the position is kept', async () => {
    await watching()
    await files.stop()
    const kept = JSON.parse(new TextDecoder().decode(files.host.store.get('files/t')))
    expect(kept.position.at).toBeGreaterThan(Date.now() - 60_000)
  })
})
