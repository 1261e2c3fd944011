import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { catalogue } from '../../src/errors/catalogue.js'
import { startTestHub } from '../../src/hub/testing.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { root } from '../docs/page.js'
import { listening, welcome } from './listening.js'
import { packages, runPython } from './python.js'

/** The errors of the Python client in its guide, with whether they are transient. */
const guide = readFileSync(join(root, 'docs/guide/python.md'), 'utf8')
const documented = new Map(
  [...guide.matchAll(/^\| `(TCN_\w+)` \| .* \| (yes|no) \|$/gm)].map(([, code, transient]) => [
    code,
    transient === 'yes',
  ]),
)

const START = `
import asyncio, json, os, sys, time, tocsin, tocsin.aio
from tocsin.address import Address
from tocsin.connection import dial_error
class Sync:
    @staticmethod
    def raised(call):
        try: call(tocsin)
        except tocsin.TocsinError as error: return [error.code, error.is_transient]
class Aio:
    @staticmethod
    def raised(call):
        try: asyncio.run(call(tocsin.aio))
        except tocsin.TocsinError as error: return [error.code, error.is_transient]
`

/** Each provokes one error. */
const situations = (hub: string, silent: string, plain: string, fake: (name: string) => string) => `
    ${['/no/such/socket', 'http://web1', `/${'x'.repeat(200)}`, `tls://${plain.slice(6)}`]
      .map((address) => `yield lambda hub: connected(hub, ${JSON.stringify(address)})`)
      .join('\n    ')}
    ${['length', 'body', 'order'].map((name) => `yield lambda hub: connected(hub, ${JSON.stringify(fake(name))})`).join('\n    ')}
    yield lambda hub: used(hub, ${JSON.stringify(silent)}, "publish", "n", 1, timeout=0.2)
    yield lambda hub: used(hub, ${JSON.stringify(silent)}, "request", "hub.status", timeout=0.2)
    yield lambda hub: used(hub, ${JSON.stringify(hub)}, "closed")
    yield lambda hub: used(hub, ${JSON.stringify(hub)}, "forked")
    for tag in ("", "x" * 65001, "a\\n\\nb"):
        yield lambda hub: used(hub, ${JSON.stringify(hub)}, "publish", tag, 1)
    yield lambda hub: used(hub, ${JSON.stringify(hub)}, "publish", "n", 1, source="x" * 256)
    yield lambda hub: used(hub, ${JSON.stringify(hub)}, "publish", "n", 1, attributes={"a": "x" * 9000})
    yield lambda hub: used(hub, ${JSON.stringify(hub)}, "publish", "n", object())
    yield lambda hub: used(hub, ${JSON.stringify(hub)}, "publish", "n", "x" * (1 << 25))
`

const SYNC = `
def connected(hub, address):
    hub.connect(address).close()
def used(hub, address, what, *args, **more):
    with hub.connect(address, producer="p") as client:
        if what == "closed": client.close()
        if what == "forked": os.getpid = lambda: 1; client._session.drop()
        try: getattr(client, what)(*args, **more) if hasattr(client, what) else client.request("hub.status")
        finally: os.getpid = getpid
`

const AIO = `
async def connected(hub, address):
    await (await hub.connect(address)).close()
async def used(hub, address, what, *args, **more):
    async with hub.connect(address, producer="p") as client:
        if what == "closed": await client.close()
        if what == "forked": os.getpid = lambda: 1
        try: await (getattr(client, what)(*args, **more) if hasattr(client, what) else client.request("hub.status"))
        finally: os.getpid = getpid
`

const answers: Record<string, Uint8Array> = {
  length: Buffer.from('ffffffff03', 'hex'),
  body: Buffer.from('0200000003c1', 'hex'),
  order: encodeRecord('live', { cursor: '' }),
}

describe('the errors of the Python client', () => {
  it('that its guide names are those that it raises, and are in the catalogue', () => {
    const folders = ['tocsin', 'tocsin/aio'].map((folder) => join(packages, folder))
    const sources = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.py'))
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    )
    const raised = sources.flatMap((text) =>
      [...text.matchAll(/TocsinError\(\s*"(TCN_\w+)"/g)].map(([, code]) => code),
    )
    expect([...documented.keys()].sort()).toEqual([...new Set(raised)].sort())
    expect([...documented.keys()].filter((code) => !(code in catalogue))).toEqual([])
  })

  it.each([
    ['tocsin', SYNC, 'Sync'],
    ['tocsin.aio', AIO, 'Aio'],
  ])('are raised by %s where the guide says so', async (_, client, name) => {
    await using hub = await startTestHub()
    const silent = await listening((socket) => {
      socket.once('data', () => socket.write(encodeRecord('welcome', welcome)))
    })
    const plain = await listening((socket) => socket.end('no TLS'))
    const fakes = new Map<string, string>()
    for (const [kind, bytes] of Object.entries(answers))
      fakes.set(kind, await listening((socket) => socket.write(bytes)))
    const program = `${START}
getpid = os.getpid
${client}
def situations():
${situations(hub.address, silent, plain, (kind) => fakes.get(kind) ?? '')}
denied = dial_error(Address("unix", "/run/x"), PermissionError())
print(json.dumps([[denied.code, denied.is_transient], *(${name}.raised(each) for each in situations())]))
`
    const [told] = z.tuple([z.array(z.tuple([z.string(), z.boolean()]))]).parse(await runPython(program))
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(documented))
  })
})

it('an error shows control characters of the hub as text', async () => {
  const program = `
import json, tocsin
error = tocsin.TocsinError("TCN_\\x1b]0;x", "bad\\u202e\\nnews")
print(json.dumps([str(error), error.message]))
`
  expect(await runPython(program)).toEqual([['TCN_\\x1b]0;x: bad\\u202e\\nnews', 'bad\u202e\nnews']])
})
