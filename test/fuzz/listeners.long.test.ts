import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { faces } from '../../src/faces/index.js'
import { filesUnder, root } from '../architecture/sources.js'
import type { Places } from './listeners/fuzzed-hub.js'
import { listenersOf } from './listeners/listeners.js'

/** Parts that open a listener, by what they call for it. */
const opens = /\b(?:createServer|createSocket|SctpSocket|DatagramListener|(?:Local)?Datagrams|hooks\.open)\b/
/** Its listener needs a kernel with SCTP; `sctp.process.test.ts` fuzzes what it decodes. */
const elsewhere = ['sctp']

function sourcesThatListen(): string[] {
  const folders = readdirSync(join(root, 'src/sources'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  )
  return folders
    .map(({ name }) => name)
    .filter((name) => filesUnder(`src/sources/${name}`).some(({ text }) => opens.test(text)))
    .filter((name) => name !== 'udp')
}

it('every face, every source that listens, and the bridge are attacked', () => {
  const places = { token: '' } as Places
  const attacked = listenersOf(places, { paths: {}, components: { schemas: {} } }, () => '127.0.0.1')
  const parts = new Set(attacked.map(({ part }) => part))
  const listening = [...faces.map(({ name }) => name), ...sourcesThatListen(), 'bridge']
  expect(listening.length).toBeGreaterThan(8)
  expect(listening.filter((name) => !parts.has(name) && !elsewhere.includes(name))).toEqual([])
  expect([...parts].filter((name) => !listening.includes(name))).toEqual([])
})
