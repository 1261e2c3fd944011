import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { PythonProgram, runPython } from './python.js'

const START = `
import json, sys, tocsin
def tell(value): print(json.dumps(value))
`

describe.each([
  ['with its own msgpack', { TOCSIN_PURE_PYTHON: '1' }],
  ['with python3-msgpack where it is installed', {}],
])('the Python client, %s', (_, environment) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub()
  })
  afterEach(() => hub.close())

  const env = () => ({ ...environment, TOCSIN_URL: hub.address })
  const run = (program: string) => runPython(START + program, { env: env() })

  it('publishes an event that other clients receive with every kind of value', async () => {
    const client = await hub.connect()
    const received = client.subscribe('deploy/*')
    const told = await run(`
with tocsin.connect(name="deploy") as hub:
    data = {"text": "grün", "none": None, "yes": True, "list": [1, -1, 2**63, -2**63, 1.5], "bytes": b"\\x00\\xff"}
    tell(hub.publish("deploy/web1/started", data, attributes={"subject": "web1"}).cursor)
`)
    for await (const event of received) {
      if (event.status !== undefined) continue
      expect(told).toEqual([event.cursor])
      expect(event.attributes).toEqual({ subject: 'web1' })
      expect(event.data).toEqual({
        text: 'grün',
        none: null,
        yes: true,
        list: [1, -1, 2n ** 63n, -(2n ** 63n), 1.5],
        bytes: new Uint8Array([0, 255]),
      })
      break
    }
    await client.close()
  })

  it('reads stored events in the order in which they happened', async () => {
    const client = await hub.connect()
    for (const second of [3, 1, 2])
      await client.publish('shop/a', second, { attributes: { time: `2026-01-02T08:00:0${second}Z` } })
    const told = await run(`
with tocsin.connect() as hub:
    tell([event.data for event in hub.read_by_event_time("shop/")])
    tell([event.data for event in hub.read_by_event_time("shop/", start="2026-01-02T08:00:02Z", reverse=True)])
    tell([event.cursor for event in hub.read_by_event_time("shop/", end="2026-01-02T08:00:01Z")])
`)
    expect(told).toEqual([[1, 2, 3], [3, 2], [`${client.welcome.epoch}-2`]])
    await client.close()
  })

  it('reads stored events, and ends at the end of the range', async () => {
    const client = await hub.connect()
    for (const n of [1, 2, 3]) await client.publish(`meter/${n}`, { n })
    await client.publish('other', {})
    const told = await run(`
with tocsin.connect() as hub:
    subscription = hub.subscribe("meter/*", start="start", end="end")
    for event in subscription:
        tell([event.tag, event.data["n"], event.source != "", event.time.year >= 2026, event.kind, event.redelivered])
    tell([subscription.ended, subscription.read() is None])
`)
    expect(told).toEqual([...[1, 2, 3].map((n) => [`meter/${n}`, n, true, true, 0, false]), [true, true]])
    await client.close()
  })

  it('continues at a cursor, and follows new events', async () => {
    const client = await hub.connect()
    const first = await client.publish('a', 1)
    await client.publish('a', 2)
    const program = new PythonProgram(
      `${START}
hub = tocsin.connect()
subscription = hub.subscribe("a", start=sys.argv[1])
for event in subscription:
    tell([event.data, subscription.live, event.cursor == subscription.cursor])
    if event.data == 3: break
`,
      { args: [first.cursor!], env: env() },
    )
    await program.tells(1)
    await client.publish('a', 3)
    expect(await program.result()).toEqual([
      [2, false, true],
      [3, true, true],
    ])
    await client.close()
  })

  it('waits no longer than the timeout for an event', async () => {
    expect(
      await run(`
hub = tocsin.connect()
subscription = hub.subscribe("nothing")
tell([subscription.read(timeout=0.01), subscription.ended])
hub.publish("nothing", 1)
tell([subscription.read(timeout=20).data, subscription.ended])
`),
    ).toEqual([
      [null, false],
      [1, false],
    ])
  })

  it('publishes many events, and names those that the hub refuses', async () => {
    expect(
      await run(`
with tocsin.connect() as hub:
    events = [("bulk", {"n": n}) for n in range(1200)]
    events[700] = ("bulk\\u0007", 700)
    events[1199] = {"tag": "bulk\\u0001", "data": 1199}
    tell([[each.index, each.error.code] for each in hub.publish_many(events, durable=True)])
    tell([len(list(hub.subscribe("bulk", start="start", end="end"))), hub.publish_many([])])
`),
    ).toEqual([
      [
        [700, 'TCN_TAG_CONTROL'],
        [1199, 'TCN_TAG_CONTROL'],
      ],
      [1198, []],
    ])
  })

  it('raises the error of the hub for an event that is refused', async () => {
    expect(
      await run(`
with tocsin.connect() as hub:
    try:
        hub.publish("a\\u0001", 1)
    except tocsin.TocsinError as error:
        tell([error.code, error.is_transient])
    tell(hub.publish("a", 1).cursor is not None)
`),
    ).toEqual([[expect.stringMatching(/^TCN_TAG_/), false], true])
  })

  it('calls methods of the hub, and raises their errors', async () => {
    expect(
      await run(`
with tocsin.connect() as hub:
    tell(hub.request("hub.status")["version"] == hub.welcome["hub"]["version"])
    for method in ("no.such", "events.get"):
        try:
            hub.request(method)
        except tocsin.TocsinError as error:
            tell(error.code)
`),
    ).toEqual([true, 'TCN_METHOD_UNKNOWN', expect.stringMatching(/^TCN_/)])
  })

  it('acknowledges the events of a durable consumer', async () => {
    expect(
      await run(`
with tocsin.connect() as hub:
    hub.request("consumers.create", {"name": "mailer", "filters": ["mail"], "from": "start"})
    for n in (1, 2):
        hub.publish("mail", n)
    mails = hub.subscribe(consumer="mailer")
    first, second = mails.read(), mails.read()
    mails.ack(first)
    mails.park(second, reason="no such address")
    while True:
        state = hub.request("consumers.get", {"name": "mailer"})
        if state["pending"] == 0 and state["parked"] == 1: break
    tell([first.data, second.data])
`),
    ).toEqual([[1, 2]])
  })
})
