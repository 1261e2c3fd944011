import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, importsOf, type SourceFile } from './sources.js'

/** What the parts of each kind may import from their neighbours: the rooms that they share. */
const shared: Readonly<Record<string, readonly string[]>> = {
  faces: ['shared', 'web'],
  sources: ['http', 'notifications', 'tcp', 'text', 'udp', 'zfs'],
  sinks: ['http'],
  observers: [],
}

/** Arrows between parts. A new one belongs into a shared room; one that has gone must go from here too. */
const known = [
  // Both serve the native protocol, over WebSockets and at addresses of their own.
  'faces/http -> faces/native',
  'faces/ncs -> faces/native',
  'sources/life-preserver -> sources/files',
  'sources/packages -> sources/files',
  'sources/system-state -> sources/files',
  'sources/system-state -> sources/system',
]

/** Returns the arrows of a file to other parts, and from a shared room to any part. */
function arrowsBetweenParts(file: SourceFile): string[] {
  const [, kind, room, name] = file.path.split('/')
  if (shared[kind] === undefined || name === undefined) return []
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier).split('/'))
    .filter((target) => shared[target[1]] !== undefined && target.length > 3)
    .filter((target) => target[1] !== kind || target[2] !== room)
    .filter((target) => !shared[target[1]].includes(target[2]))
    .map((target) => `${kind}/${room} -> ${target[1]}/${target[2]}`)
}

test('faces, sources, sinks and observers import nothing of each other but what they share', () => {
  const files = Object.keys(shared).flatMap((kind) => filesUnder(`src/${kind}`))
  const found = files.filter(({ path }) => path.endsWith('.ts')).flatMap(arrowsBetweenParts)
  expect([...new Set(found)].sort()).toEqual(known)
})

test('an arrow between two parts of a kind, or from what they share to one of them, is detected', () => {
  const file = (path: string, specifier: string) => ({ path, text: `import { x } from '${specifier}'` })
  expect(arrowsBetweenParts(file('src/faces/salt/a.ts', '../http/b.js'))).toEqual([
    'faces/salt -> faces/http',
  ])
  expect(arrowsBetweenParts(file('src/faces/native/a.ts', '../ncs/socket/b.js'))).toHaveLength(1)
  expect(arrowsBetweenParts(file('src/faces/web/a.ts', '../http/b.js'))).toHaveLength(1)
  expect(arrowsBetweenParts(file('src/sinks/mail/a.ts', '../file/b.js'))).toHaveLength(1)
  expect(arrowsBetweenParts(file('src/sources/ncs/a.ts', '../../faces/ncs/b.js'))).toHaveLength(1)
  expect(arrowsBetweenParts(file('src/faces/ncs/a.ts', '../../observers/ncs/b.js'))).toHaveLength(1)
  expect(arrowsBetweenParts(file('src/faces/salt/a.ts', '../shared/b.js'))).toEqual([])
  expect(arrowsBetweenParts(file('src/faces/salt/bus/a.ts', '../rest/b.js'))).toEqual([])
  expect(arrowsBetweenParts(file('src/faces/index.ts', './salt/index.js'))).toEqual([])
})
