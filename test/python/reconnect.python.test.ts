import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { listening, welcome } from './listening.js'
import { PythonProgram, runPython } from './python.js'

const START = `
import json, os, sys, threading, tocsin
def tell(value): print(json.dumps(value))
`

let folder: string
let hub: TestHub

const start = () => startTestHub({ data: join(folder, 'data'), socket: join(folder, 'hub.sock') })

beforeEach(async () => {
  folder = temporaryFolder('python-client')
  hub = await start()
})

afterEach(() => hub.close())

const env = () => ({ TOCSIN_URL: hub.address })
const python = (program: string) => new PythonProgram(START + program, { env: env() })

it('a subscription continues where it stopped after a restart of the hub', async () => {
  const program = python(`
hub = tocsin.connect()
for event in hub.subscribe("n", start="start"):
    tell(event.data)
    if event.data == 4: break
`)
  const before = await hub.connect()
  await before.publish('n', 1, { ack: 'durable' })
  await before.publish('n', 2, { ack: 'durable' })
  await program.tells(2)
  await before.close()
  await hub.close()
  hub = await start()
  const after = await hub.connect()
  await after.publish('n', 3)
  await after.publish('n', 4)
  expect(await program.result()).toEqual([1, 2, 3, 4])
  await after.close()
})

it('publishing continues after a restart of the hub, and stores each event once', async () => {
  const program = python(`
hub = tocsin.connect(producer="counter")
for n in range(200):
    hub.publish("n", n)
    if n % 50 == 0: tell(n)
`)
  await program.tells(2)
  await hub.close()
  hub = await start()
  await program.result()
  const client = await hub.connect()
  const stored: unknown[] = []
  for await (const event of client.read('n')) if (event.status === undefined) stored.push(event.data)
  expect(stored).toEqual(Array.from({ length: 200 }, (_, n) => n))
  await client.close()
})

it('a call fails when the hub stays away longer than the client may wait', async () => {
  const program = new PythonProgram(
    `${START}
hub = tocsin.connect(reconnect=0.1)
tell("connected")
sys.stdin.readline()
for call in (lambda: hub.publish("n", 1), lambda: hub.request("hub.status")):
    try:
        call()
    except tocsin.TocsinError as error:
        tell(error.code)
`,
    { env: env() },
  )
  await program.tells(1)
  await hub.close()
  program.say('go')
  expect(await program.result()).toEqual(['connected', 'TCN_CLIENT_UNREACHABLE', 'TCN_CLIENT_UNREACHABLE'])
  hub = await start()
})

it('a client that starts before its hub waits for it', async () => {
  await hub.close()
  const program = python('tell(tocsin.connect(wait=30).publish("n", 1).cursor is not None)')
  hub = await start()
  expect(await program.result()).toEqual([true])
})

it('a client says where it found no hub', async () => {
  expect(
    await runPython(
      `${START}
try:
    tocsin.connect("/no/such/hub.sock")
except tocsin.TocsinError as error:
    tell([error.code, "/no/such/hub.sock" in error.message])
for address in ("http://web1:4580", "tcp://u:p@web1", "tcp://web1/path", "tcp://web1:x", "/" + 200 * "x"):
    try:
        tocsin.connect(address)
    except tocsin.TocsinError as error:
        tell(error.code)
`,
    ),
  ).toEqual([
    ['TCN_CLIENT_UNREACHABLE', true],
    ...Array(4).fill('TCN_CLIENT_ADDRESS'),
    'TCN_CLIENT_PATH_TOO_LONG',
  ])
})

it('a forked process publishes over a connection of its own', async () => {
  const program = python(`
hub = tocsin.connect()
hub.publish("fork", "before")
child = os.fork()
hub.publish("fork", "child" if child == 0 else "parent")
if child == 0: os._exit(0)
os.waitpid(child, 0)
hub.publish("fork", "after")
tell(sorted(event.data for event in hub.subscribe("fork", start="start", end="end")))
`)
  expect(await program.result()).toEqual([['after', 'before', 'child', 'parent']])
})

it('threads share a client', async () => {
  const program = python(`
hub = tocsin.connect()
def work(name):
    for n in range(50):
        hub.publish(name, n)
        assert hub.request("hub.status")["version"]
threads = [threading.Thread(target=work, args=(f"thread/{n}",)) for n in range(4)]
for each in threads: each.start()
for each in threads: each.join()
found = {}
for event in hub.subscribe("thread/*", start="start", end="end"):
    found.setdefault(event.tag, []).append(event.data)
tell([len(found), all(values == list(range(50)) for values in found.values())])
`)
  expect(await program.result()).toEqual([[4, true]])
})

it('a cursor of another log gives one gap', async () => {
  const program = python(`
hub = tocsin.connect()
hub.publish("n", 1)
gaps = []
subscription = hub.subscribe("n", start="otherlog12345-7", on_gap=gaps.append)
hub.publish("n", 2)
tell([subscription.read(timeout=20).data, [gap.reason for gap in gaps]])
`)
  expect(await program.result()).toEqual([[2, ['unknown-epoch']]])
})

it('continues at another of its addresses, without loss or repeats', async () => {
  await hub.close()
  const sockets = ['a', 'b'].map((name) => join(folder, `${name}.sock`))
  const startAt = (socket: string) => startTestHub({ data: join(folder, 'data'), socket })
  hub = await startAt(sockets[1])
  const program = new PythonProgram(
    `${START}
hub = tocsin.connect(producer="counter")
events = hub.subscribe("n", start="start")
for n in range(60):
    hub.publish("n", n)
    tell(next(events).data)
`,
    { env: { TOCSIN_URL: sockets.join(',') } },
  )
  await program.tells(20)
  await hub.close()
  hub = await startAt(sockets[0])
  expect(await program.result()).toEqual(Array.from({ length: 60 }, (_, n) => n))
})

it('an event whose acknowledgement does not come in time is not known to be stored, and is stored once', async () => {
  const program = python(`
import time
from tocsin.connection import Connection
hub = tocsin.connect()
hub.publish("n", 1)
receive = Connection.receive
def silent(self, deadline=None):
    time.sleep(max(0, (deadline or 0) - time.monotonic()))
Connection.receive = silent
try: hub.publish("n", 2, timeout=0.2)
except tocsin.TocsinError as error: tell(error.code)
Connection.receive = receive
hub.publish("n", 3, timeout=10)
`)
  expect(await program.result()).toEqual(['TCN_CLIENT_UNSETTLED'])
  const client = await hub.connect()
  const stored: unknown[] = []
  for await (const event of client.read('n').events()) stored.push(event.data)
  expect(stored).toEqual([1, 2, 3])
  await client.close()
})

it('a publisher without a connection waits no longer than it may, and forgets the event', async () => {
  const silent = await listening((socket) => socket.resume())
  const program = new PythonProgram(
    `${START}
hub = tocsin.connect(reconnect=3600)
def publish(n):
    try: hub.publish("n", n, timeout=0.5)
    except tocsin.TocsinError as error: tell(error.code)
publish(1)
tell("published")
sys.stdin.readline()
hub._session.drop()
publish(2)
sys.stdin.readline()
hub.publish("n", 3, timeout=60)
`,
    { env: { TOCSIN_URL: `${hub.address},${silent}` } },
  )
  await program.tells(1)
  await hub.close()
  program.say('')
  expect(await program.tells(2)).toEqual(['published', 'TCN_CLIENT_UNREACHABLE'])
  hub = await start()
  program.say('')
  await program.result()
  const client = await hub.connect()
  const stored: unknown[] = []
  for await (const event of client.read('n').events()) stored.push(event.data)
  expect(stored).toEqual([1, 3])
  await client.close()
})

it('a publisher does not wait longer than it may for a hub that reads nothing', async () => {
  const address = await listening((socket) => {
    socket.once('data', () => {
      socket.pause()
      socket.write(encodeRecord('welcome', welcome))
    })
  })
  const program = new PythonProgram(
    `${START}
hub = tocsin.connect()
try: hub.publish("n", "x" * (1 << 25), timeout=0.5)
except tocsin.TocsinError as error: tell(error.code)
`,
    { env: { TOCSIN_URL: address } },
  )
  expect(await program.result()).toEqual(['TCN_CLIENT_UNSETTLED'])
})
