import { appendFileSync, lchownSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Runtime } from '../../../src/event/runtime.js'
import { type FoundFile, fileStat } from '../../../src/sources/files/file-identity.js'
import { type FilesPosition, FollowedFiles } from '../../../src/sources/files/followed-files.js'
import { Follower } from '../../../src/sources/files/follower.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let ahead = 0
const runtime: Runtime = { ...realRuntime, now: () => realRuntime.now() + ahead }
let path: string
let files: FollowedFiles

beforeEach(() => {
  ahead = 0
  path = join(temporaryFolder('followed'), 'app.log')
  files = follow()
})
afterEach(() => files.close())

function follow(due: () => void = () => undefined): FollowedFiles {
  return new FollowedFiles({
    runtime,
    maxLine: 1000,
    partialAfter: 1000,
    from: 'start',
    publish: () => true,
    lost: () => undefined,
    fault: () => undefined,
    keep: () => Promise.resolve(),
    due,
  })
}

/** What a search finds under the name. */
function found(): FoundFile[] {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? [] : [{ path, ...fileStat(stats)! }]
}

async function search(): Promise<void> {
  await files.update(found(), runtime.now() / 1000)
}

function write(line: string): void {
  appendFileSync(path, `${line}\n`)
}

/** Makes the file once more, so that it is younger. */
function rewrite(number: number): void {
  rmSync(path)
  write(`file ${number + 1}`)
}

/** Reads from the file that has the name. */
async function read(): Promise<void> {
  const [{ id }] = found()
  const follower = [...files.all].find((each) => each.id === id)
  await follower?.step(new Uint8Array(1000))
}

function rotate(number: number): void {
  renameSync(path, `${path}.${number}`)
}

/** Another file has the name from now on, which is younger. */
function replace(number: number): void {
  rotate(number)
  write(`file ${number + 1}`)
  // Rotated files are told apart by when they were made, which the clock of the file system counts in steps.
  while (found()[0].born <= statSync(`${path}.${number}`).birthtimeMs) rewrite(number)
}

/** The first file that may be read, the one after it, and so on. */
function order(): string[] {
  const ids = [...files.all].map(({ id }) => id)
  const after = new Map([...files.all].map((follower) => [follower.after?.id, follower.id]))
  const chain: string[] = []
  for (let id = after.get(undefined); id !== undefined; id = after.get(id)) chain.push(id)
  return chain.length === ids.length ? chain : ids.map((id) => `${id} is beside others`)
}

it('a file comes after the one that had lost the name before a search that found none', async () => {
  write('one')
  await search()
  const [{ id: first }] = found()
  rotate(1)
  await search()
  write('two')
  await search()
  expect(order()).toEqual([first, found()[0].id])
})

it('after a restart, a file comes after the last of those that had its name', async () => {
  const ids: string[] = []
  for (let number = 1; number <= 3; number++) {
    write(`file ${number}`)
    await search()
    ids.push(found()[0].id)
    rotate(number)
  }
  const position = files.position()
  // The order in which they were found need not be that of their lines.
  position.files.reverse()
  await files.close()
  files = follow()
  await files.resume(position)
  write('file 4')
  await search()
  expect(order()).toEqual([...ids, found()[0].id])
})

it('every position that may be stored while rotated files are found leads to all of them, in order', async () => {
  write('file 1')
  await search()
  await read()
  const before = files.position()
  await files.close()
  const ids = [found()[0].id]
  for (let number = 1; number <= 3; number++) {
    replace(number)
    ids.push(found()[0].id)
  }
  const positions: FilesPosition[] = []
  files = follow(() => positions.push(files.position()))
  await files.resume(before)
  await search()
  await read()
  expect(order()).toEqual(ids)
  for (const position of positions.splice(0)) {
    await files.close()
    files = follow()
    await files.resume(position)
    await search()
    await read()
    expect(order()).toEqual(ids)
  }
})

it('a file that had the name for a moment is found, also if the rest of the one before it is read later', async () => {
  write('file 1')
  await search()
  await read()
  const ids = [found()[0].id]
  const [first] = files.all
  appendFileSync(path, 'the rest\n')
  for (let number = 1; number <= 2; number++) {
    replace(number)
    ids.push(found()[0].id)
  }
  ahead = 10_000_000
  for (let nth = 0; nth < 2; nth++) await first.step(new Uint8Array(1000))
  await search()
  await read()
  expect(order()).toEqual(ids)
})

it('a link of another user that takes the place of a file or its folder after the search is not opened', async () => {
  // Only root can make what belongs to others.
  if (process.getuid?.() !== 0) return
  const folder = dirname(path)
  mkdirSync(join(folder, 'private'))
  path = join(folder, 'private/app.log')
  write('secret')
  const [{ id, size }] = found()
  symlinkSync(path, join(folder, 'app.log'))
  symlinkSync(join(folder, 'private'), join(folder, 'logs'))
  const options = {
    runtime,
    maxLine: 1000,
    partialAfter: 1000,
    publish: () => true,
    begins: async () => 'now',
  }
  for (const link of ['app.log', 'logs']) {
    const start = {
      path: join(folder, link === 'logs' ? 'logs/app.log' : link),
      id,
      stream: 's',
      offset: size,
      print: { length: 0, hash: '' },
      continued: false,
      verified: 0,
    }
    const open = (followLinks: boolean) => Follower.open(start, { ...options, followLinks } as never)
    await (await open(false))?.close()
    lchownSync(join(folder, link), 12345, 12345)
    await expect(open(false)).rejects.toThrow('leads through a link of user 12345, which is not followed')
    await (await open(true))?.close()
  }
})

it.each([false, true])(
  'a file that lost the name after a search had begun is found although the search found none (restart: %s)',
  async (restarts) => {
    write('file 1')
    await search()
    await read()
    const [first] = [...files.all]
    replace(1)
    const ids = [first.id, found()[0].id]
    rotate(2)
    // It began long after the second file was made, and found the moment without any.
    ahead += 10_000_000
    await first.step(new Uint8Array(1000))
    await search()
    if (restarts) {
      const position = JSON.parse(JSON.stringify(files.position())) as FilesPosition
      await files.close()
      files = follow()
      await files.resume(position)
    }
    write('file 3')
    ids.push(found()[0].id)
    await search()
    await read()
    expect(order()).toEqual(ids)
  },
)

it('a file that was closed is not taken for one that lost the name unseen', async () => {
  write('file 1')
  await search()
  await read()
  replace(1)
  await search()
  await read()
  const [first, second] = [...files.all]
  rotate(2)
  ahead += 10_000_000
  await second.step(new Uint8Array(1000))
  await search()
  await files.drop(first)
  write('file 3')
  await search()
  await read()
  expect([...files.all].map(({ id }) => id)).toEqual([second.id, found()[0].id])
})
