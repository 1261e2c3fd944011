import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { PythonProgram } from './python.js'

/** `child` runs a function in a forked process, which tells what it returns or the code of the error that it raises. */
const START = `
import asyncio, json, os, sys, tocsin, tocsin.aio
def tell(value): print(json.dumps(value), flush=True)
def child(run):
    process = os.fork()
    if process == 0:
        try: tell(["child", run()])
        except tocsin.TocsinError as error: tell(["child", error.code, error.is_transient])
        finally: os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
`

let hub: TestHub
beforeEach(async () => {
  hub = await startTestHub()
})
afterEach(() => hub.close())

async function run(program: string): Promise<unknown[]> {
  // Newer versions of Python warn of a fork of a process with threads.
  const running = new PythonProgram(START + program, { env: { TOCSIN_URL: hub.address }, lenient: true })
  const told = await running.result()
  expect(running.stderr).not.toContain('Traceback')
  return told
}

const FORKED = ['child', 'TCN_CLIENT_FORKED', false]

describe('in a forked process, a client', () => {
  it('publishes and asks over a connection of its own, and disturbs neither the other one nor its events', async () => {
    const told = await run(`
hub = tocsin.connect()
hub.publish("n", "before")
for n in range(5):
    child(lambda: [hub.publish("n", n).cursor is not None, hub.request("hub.status")["publishers"]])
hub.publish("n", "after")
tell([event.data for event in hub.subscribe("n", start="start", end="end")])
`)
    expect(told).toEqual([...Array(5).fill(['child', [true, 2]]), ['before', 0, 1, 2, 3, 4, 'after']])
  })

  it('does not send again what the other process has not settled', async () => {
    const told = await run(`
import time
from tocsin.connection import Connection
hub = tocsin.connect()
receive = Connection.receive
def silent(self, deadline=None): time.sleep(max(0, (deadline or 0) - time.monotonic()))
Connection.receive = silent
try: hub.publish("n", 1, timeout=0.2)
except tocsin.TocsinError as error: tell(error.code)
Connection.receive = receive
child(lambda: hub.publish("n", 2) is not None)
hub.publish("n", 3, timeout=10)
tell(sorted(event.data for event in hub.subscribe("n", start="start", end="end")))
`)
    expect(told).toEqual(['TCN_CLIENT_UNSETTLED', ['child', true], [1, 2, 3]])
  })

  it('raises an error if it has a producer name, so that no event counts as one of the other process', async () => {
    const told = await run(`
hub = tocsin.connect(producer="deploy")
hub.publish("n", 1)
child(lambda: hub.publish("n", "never"))
child(lambda: tocsin.connect(producer="deploy-child").publish("n", 2) is not None)
hub.publish("n", 3)
tell([event.data for event in hub.subscribe("n", start="start", end="end")])
`)
    expect(told).toEqual([FORKED, ['child', true], [1, 2, 3]])
  })

  it('continues a subscription where it was, beside the other process', async () => {
    const told = await run(`
hub = tocsin.connect()
events = hub.subscribe("n")
for n in range(3): hub.publish("n", n)
tell(events.read(timeout=20).data)
child(lambda: [events.read(timeout=20).data, events.read(timeout=20).data])
tell([events.read(timeout=20).data, events.read(timeout=20).data])
`)
    expect(told).toEqual([0, ['child', [1, 2]], [1, 2]])
  })

  it('raises an error for the subscription of a durable consumer, which stays with the other process', async () => {
    const told = await run(`
hub = tocsin.connect()
hub.request("consumers.create", {"name": "mailer", "filters": ["n"], "from": "start"})
hub.publish_many([("n", 1), ("n", 2)])
mails = hub.subscribe(consumer="mailer")
first = mails.read(timeout=20)
child(lambda: mails.read(timeout=20))
child(lambda: mails.ack(first))
mails.ack(first)
tell([first.data, mails.read(timeout=20).data])
`)
    expect(told).toEqual([FORKED, FORKED, [1, 2]])
  })

  it('of asyncio raises an error, whatever is called, and goes on in the process that made it', async () => {
    const told = await run(`
async def main():
    async with tocsin.aio.connect() as hub, hub.subscribe("n") as events:
        calls = (lambda: hub.publish("n", 1), lambda: hub.request("hub.status"), events.read, events.close, hub.close)
        for call in calls: child(lambda: asyncio.run(call()))
        async def own():
            async with tocsin.aio.connect() as other: return (await other.publish("n", 2)).cursor is not None
        child(lambda: asyncio.run(own()))
        await hub.publish("n", 3)
        tell([(await events.read()).data, (await events.read()).data])
asyncio.run(main())
`)
    expect(told).toEqual([...Array(5).fill(FORKED), ['child', true], [2, 3]])
  })
})
