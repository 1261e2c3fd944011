import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { listening, welcome } from './listening.js'
import { PythonProgram } from './python.js'

/** The text is the body of `main`, which may use `await`. Nothing may be left behind at its end. */
function program(body: string): string {
  return `
import asyncio, gc, json, os, sys, time, tocsin, tocsin.aio
def tell(value): print(json.dumps(value))
async def line(): return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
def sockets(): return [n for n in os.listdir("/proc/self/fd") if "socket" in link(n)]
def link(n):
    try: return os.readlink(f"/proc/self/fd/{n}")
    except OSError: return ""
async def code(awaited):
    try: return await awaited
    except tocsin.TocsinError as error: return error.code
async def main():
${body.replace(/^(?=.)/gm, '    ')}
async def whole():
    asyncio.get_running_loop().slow_callback_duration = 60
    before = sockets()
    await main()
    await asyncio.sleep(0)
    gc.collect()
    assert asyncio.all_tasks() == {asyncio.current_task()}, asyncio.all_tasks()
    assert sockets() == before, (sockets(), before)
asyncio.run(whole(), debug=True)
`
}

let folder: string
let hub: TestHub

const start = () => startTestHub({ data: join(folder, 'data'), socket: join(folder, 'hub.sock') })
const python = (body: string, address = hub.address) =>
  new PythonProgram(program(body), { env: { TOCSIN_URL: address } })

/** Runs the body to its end. It must not have warned of anything. */
async function run(body: string, address?: string): Promise<unknown[]> {
  const running = python(body, address)
  const told = await running.result()
  expect(running.stderr).toBe('')
  return told
}

async function stored(filter: string): Promise<unknown[]> {
  const client = await hub.connect()
  const data: unknown[] = []
  for await (const event of client.read(filter).events()) data.push(event.data)
  await client.close()
  return data
}

beforeEach(async () => {
  folder = temporaryFolder('python-aio')
  hub = await start()
})
afterEach(() => hub.close())

describe('the Python client for asyncio', () => {
  it('publishes, and receives what is published after it has subscribed', async () => {
    const told = await run(`
async with tocsin.aio.connect(name="deploy") as hub:
    async with hub.subscribe("deploy/*") as events:
        published = await hub.publish("deploy/web1/started", {"version": "2.4.1"})
        async for event in events:
            tell([event.tag, event.data, event.cursor == published.cursor, event.cursor == events.cursor, events.live])
            break
    tell(await code(hub.publish("a\\x01", 1)))
    tell(await code(hub.request("no.such")))
tell(await code(hub.publish("a", 1)))
`)
    expect(told).toEqual([
      ['deploy/web1/started', { version: '2.4.1' }, true, true, true],
      'TCN_TAG_CONTROL',
      'TCN_METHOD_UNKNOWN',
      'TCN_CLIENT_CLOSED',
    ])
  })

  it('stores 1,000 events that are published at once, each once and in the order of the calls', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    for durable in (False, True):
        calls = [hub.publish("many", n, durable=durable) for n in range(1000)]
        cursors = [published.cursor for published in await asyncio.gather(*calls)]
        seqs = [int(cursor.rpartition("-")[2]) for cursor in cursors]
        tell([len(set(cursors)), seqs == sorted(seqs)])
`)
    const numbers = Array.from({ length: 1000 }, (_, n) => n)
    expect(told).toEqual([
      [1000, true],
      [1000, true],
    ])
    expect(await stored('many')).toEqual([...numbers, ...numbers])
  })

  it('tells refused events from those that are published with them', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    tags = ["good" if n % 3 else "bad\\x01" for n in range(30)]
    found = await asyncio.gather(*(code(hub.publish(tag, n, durable=n % 2 == 0)) for n, tag in enumerate(tags)))
    tell([n for n, each in enumerate(found) if each == "TCN_TAG_CONTROL"])
    tell([refused.index for refused in await hub.publish_many([("bulk" + "\\x01" * (n == 700), n) for n in range(1200)])])
`)
    expect(told).toEqual([Array.from({ length: 10 }, (_, n) => 3 * n), [700]])
    expect(await stored('good')).toHaveLength(20)
    expect(await stored('bulk')).toHaveLength(1199)
  })

  it('serves two subscriptions, publishers and calls on one event loop', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    async def follow(filters):
        async with hub.subscribe(filters) as events:
            ready.release()
            found = []
            async for event in events:
                found.append(event.data)
                if len(found) == 300: return found
    ready = asyncio.Semaphore(0)
    followers = [asyncio.ensure_future(follow(filters)) for filters in ("a", ["a", "b"])]
    for _ in followers: await ready.acquire()
    async def publish(tag, count):
        for n in range(count):
            await hub.publish(tag, n)
            if n % 50 == 0: await hub.request("hub.status")
    await asyncio.gather(publish("a", 300), publish("b", 300))
    first, second = await asyncio.gather(*followers)
    tell([first == list(range(300)), len(second)])
`)
    expect(told).toEqual([[true, 300]])
  })

  it('acknowledges, repeats and parks the events of a durable consumer', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    await hub.request("consumers.create", {"name": "mailer", "filters": ["mail"], "from": "start"})
    await hub.publish_many([("mail", n) for n in range(3)])
    async with hub.subscribe(consumer="mailer") as mails:
        done, later, parked = [await mails.read(timeout=20) for _ in range(3)]
        await mails.ack(done)
        await mails.park(parked, reason="no such address")
        await mails.retry(later, delay=0.01)
        again = await mails.read(timeout=20)
        tell([again.data, again.redelivered])
        await mails.ack(again)
    while True:
        state = await hub.request("consumers.get", {"name": "mailer"})
        if state["pending"] == 0: break
    tell(state["parked"])
`)
    expect(told).toEqual([[1, true], 1])
  })

  it('continues after a restart of the hub where it stopped, and stores each event once', async () => {
    const running = python(`
async with tocsin.aio.connect(producer="counter") as hub:
    async def follow():
        async for event in hub.subscribe("n", start="start"):
            found.append(event.data)
            if len(found) == 200: return
    found = []
    follower = asyncio.ensure_future(follow())
    for n in range(0, 200, 10):
        await asyncio.gather(*(hub.publish("n", each) for each in range(n, n + 10)))
        if n == 100:
            tell("half")
            await line()
    await follower
    tell(found)
`)
    await running.tells(1)
    await hub.close()
    running.say('go')
    hub = await start()
    const numbers = Array.from({ length: 200 }, (_, n) => n)
    expect(await running.result()).toEqual(['half', numbers])
    expect(running.stderr).toBe('')
    expect(await stored('n')).toEqual(numbers)
  })

  it('fails all calls when the hub stays away longer than the client may wait', async () => {
    const running = python(`
async with tocsin.aio.connect(reconnect=0.1) as hub:
    events = hub.subscribe("n")
    await events.open()
    tell("connected")
    await line()
    calls = [hub.publish("n", 1), hub.publish("n", 2, timeout=0.1), hub.request("hub.status"), events.read()]
    for found in await asyncio.gather(*map(code, calls)): tell(found)
    del events
    await asyncio.sleep(0)
`)
    await running.tells(1)
    await hub.close()
    running.say('go')
    expect(await running.result()).toEqual(['connected', ...Array(4).fill('TCN_CLIENT_UNREACHABLE')])
    expect(running.stderr).toBe('')
    hub = await start()
  })

  it('a client that starts before its hub waits for it', async () => {
    await hub.close()
    const running = python(`
hub = await tocsin.aio.connect(wait=30)
tell((await hub.publish("n", 1)).cursor is not None)
await hub.close()
`)
    hub = await start()
    expect(await running.result()).toEqual([true])
  })

  it('says where it found no hub', async () => {
    const told = await run(`
for address in ("/no/such/hub.sock", "tcp://127.0.0.1:1", "http://web1:4580", "/" + 200 * "x"):
    tell(await code(tocsin.aio.connect(address)))
`)
    expect(told).toEqual([
      ...Array(2).fill('TCN_CLIENT_UNREACHABLE'),
      'TCN_CLIENT_ADDRESS',
      'TCN_CLIENT_PATH_TOO_LONG',
    ])
  })
})

describe('cancelling', () => {
  it('a subscription that is cancelled or left leaves no connection and no task behind', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    async def count(): return len((await hub.request("subscribers.list"))["subscribers"])
    async def follow():
        async for event in hub.subscribe("n"): pass
    alone = await count()
    followers = [asyncio.ensure_future(follow()) for _ in range(10)]
    while await count() < alone + 10: await asyncio.sleep(0.01)
    for each in followers: each.cancel()
    await asyncio.gather(*followers, return_exceptions=True)
    await hub.publish("n", 1)
    async for event in hub.subscribe("n", start="start"): break
    while await count() > alone: await asyncio.sleep(0.01)
    tell([len(asyncio.all_tasks()), all(each.cancelled() for each in followers)])
`)
    // The program itself, and the task that takes the answers of the hub.
    expect(told).toEqual([[2, true]])
  })

  it('a read that is cancelled or out of time has taken no event', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    async with hub.subscribe("n") as events:
        for n in range(50):
            reading = asyncio.ensure_future(events.read())
            await asyncio.sleep(0)
            publishing = asyncio.ensure_future(hub.publish("n", n))
            await asyncio.sleep(0.001 * (n % 3))
            reading.cancel()
            await publishing
            try: event = await reading
            except asyncio.CancelledError: event = await events.read(timeout=20)
            assert event.data == n, (event, n)
        tell([await events.read(timeout=0.01), events.ended])
`)
    expect(told).toEqual([[null, false]])
  })

  it('a cancelled publisher or caller disturbs no other one', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    calls = [asyncio.ensure_future(hub.publish("n", n)) for n in range(100)]
    asked = [asyncio.ensure_future(hub.request("hub.status")) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for each in calls[::2] + asked[::2]: each.cancel()
    results = await asyncio.gather(*calls, *asked, return_exceptions=True)
    tell([len([each for each in results if isinstance(each, asyncio.CancelledError)]),
          len([each for each in results if isinstance(each, tocsin.Published)])])
    await hub.publish("n", 100)
`)
    expect(told).toEqual([[60, 50]])
    const found = (await stored('n')) as number[]
    expect(found).toEqual([...new Set(found)].sort((one, two) => one - two))
    expect(found.filter((n) => n % 2 === 1)).toHaveLength(50)
  })

  it('a client that is cancelled while it connects leaves nothing behind', async () => {
    const silent = await listening((socket) => socket.resume())
    const told = await run(
      `
for awaited in (lambda: tocsin.aio.connect(), lambda: tocsin.aio.connect(wait=30)):
    async def opening():
        async with awaited(): pass
    task = asyncio.ensure_future(opening())
    await asyncio.sleep(0.05)
    task.cancel()
    try: await task
    except asyncio.CancelledError: tell("cancelled")
`,
      silent,
    )
    expect(told).toEqual(['cancelled', 'cancelled'])
  })
})

describe('a hub that is slow', () => {
  it('sends no more than a subscriber takes, who misses nothing', async () => {
    const told = await run(`
async with tocsin.aio.connect() as hub:
    async with hub.subscribe("big") as events:
        for n in range(64): await hub.publish("big", "x" * (1 << 18))
        await asyncio.sleep(0.05)
        held = events._session.current._unread
        tell([held <= 2 << 20, held > 0])
        count = 0
        while count < 64:
            event = await events.read(timeout=20)
            count += len(event.data) == 1 << 18
        tell(count)
`)
    expect(told).toEqual([[true, true], 64])
  })

  it('holds back publishers, and tells those whose event it did not take from the others', async () => {
    const address = await listening((socket) => {
      socket.once('data', () => {
        socket.pause()
        socket.write(encodeRecord('welcome', welcome))
      })
    })
    const told = await run(
      `
async with tocsin.aio.connect() as hub:
    calls = [hub.publish("n", "x" * (1 << 22), timeout=0.5) for _ in range(20)]
    found = await asyncio.gather(*map(code, calls))
    tell(found.count("TCN_CLIENT_UNSETTLED") in (1, 2, 3))
    tell(set(found) <= {"TCN_CLIENT_UNSETTLED", "TCN_CLIENT_TIMEOUT", "TCN_CLIENT_UNREACHABLE"})
`,
      address,
    )
    expect(told).toEqual([true, true])
  })

  it('gets its answer to a ping while the program does not receive', async () => {
    const heard: Buffer[] = []
    const address = await listening((socket) => {
      socket.on('data', (data) => heard.push(data))
      socket.once('data', () => {
        socket.write(encodeRecord('welcome', welcome))
        socket.write(encodeRecord('ping', { id: 7 }))
      })
    })
    const running = python(
      `
client = await tocsin.aio.connect()
events = client.subscribe("n")
await events._connection(None)
tell("subscribed")
await line()
await client.close()
`,
      address,
    )
    const pong = Buffer.from(encodeRecord('pong', { id: 7 })).toString('hex')
    await running.tells(1)
    await expect.poll(() => Buffer.concat(heard).toString('hex').split(pong)).toHaveLength(3)
    running.say('')
    await running.result()
  })
})
