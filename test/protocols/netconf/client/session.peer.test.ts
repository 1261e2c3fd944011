import { once } from 'node:events'
import { type Duplex, duplexPair } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, vi } from 'vitest'
import { LongWork } from '../../../../src/incremental/long-work.js'
import { NetconfSession } from '../../../../src/protocols/netconf/client/session.js'
import { frameMessage } from '../../../../src/protocols/netconf/codec/framing.js'
import { GET_STREAMS, readStreams } from '../../../../src/protocols/netconf/codec/subscription.js'
import type { XmlElement } from '../../../../src/protocols/netconf/codec/xml.js'
import { clockByHand } from '../../../helpers/fake-runtime.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { Netconfd } from '../netconfd.js'
import { ScriptedDevice } from '../scripted-device.js'

interface Opened {
  session: NetconfSession
  got: XmlElement[]
  leftOut: string[]
  closed: Error[]
}

async function open(
  stream: Duplex,
  take: (message: XmlElement) => Promise<void> | undefined = () => undefined,
  runtime = realRuntime,
): Promise<Opened> {
  const [got, leftOut, closed]: [XmlElement[], string[], Error[]] = [[], [], []]
  const transport = { stream, fingerprint: 'f', destroy: () => void stream.destroy() }
  const session = await NetconfSession.open(transport, {
    runtime,
    timeout: 5_000,
    longest: 200_000,
    longWork: new LongWork(runtime),
    name: 'netconf/r1',
    notification: (message) => {
      got.push(message)
      return take(message)
    },
    leftOut: (reason) => leftOut.push(reason),
    closed: (error) => closed.push(error),
  })
  return { session, got, leftOut, closed }
}

function connected(device = new ScriptedDevice()): { device: ScriptedDevice; stream: Duplex } {
  const [stream, end] = duplexPair()
  device.serve(end)
  return { device, stream }
}

const hello =
  '<hello><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>'
const notification = (text: string) => `<notification><eventTime/><a>${text}</a></notification>`

it('sessions with devices that say the same of themselves have one list of it', async () => {
  setFlagsFromString('--expose-gc')
  const { session: one } = await open(connected().stream)
  runInNewContext('gc')()
  const { session: two } = await open(connected().stream)
  expect(two.hello.capabilities).toBe(one.hello.capabilities)
  expect(two.hello.modules).toBe(one.hello.modules)
})

it.each([['urn:ietf:params:netconf:base:1.0'], ['urn:ietf:params:netconf:base:1.1']])(
  'requests are answered with %s',
  async (...capabilities) => {
    const { device, stream } = connected(Object.assign(new ScriptedDevice(), { capabilities }))
    const { session } = await open(stream)
    expect(session.hello.sessionId).toBe(1)
    const [one, two] = await Promise.all([
      session.request('streams', GET_STREAMS),
      session.request('it', '<x/>'),
    ])
    expect(readStreams(one)[0].name).toBe('NETCONF')
    expect(two.element.children[0].name).toBe('ok')
    await session.close()
    expect(device.requests.map(({ name }) => name)).toEqual(['get', 'x', 'close-session'])
  },
)

it('notifications come in order, and the next one waits for what is done with the one before', async () => {
  const { device, stream } = connected()
  const seen: string[] = []
  const { session } = await open(stream, async ({ children }) => {
    seen.push(`begin ${children[1].text}`)
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(`end ${children[1].text}`)
  })
  await session.request('the subscription', '<create-subscription/>')
  for (let nth = 0; nth < 3; nth++) device.emit(`<a>${nth}</a>`)
  await expect.poll(() => seen.length).toBe(6)
  expect(seen).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2'])
  session.destroy()
})

it('a refusal of the device is an error with its reason', async () => {
  const { device, stream } = connected()
  device.answers.set('x', '<rpc-error><error-tag>in-use</error-tag></rpc-error>')
  const { session } = await open(stream)
  await expect(session.request('it', '<x/>')).rejects.toMatchObject({
    code: 'TCN_NETCONF_REFUSED',
    message: 'the device refuses it: in-use',
  })
  session.destroy()
})

it('messages that are too long or no XML are left out, and the next one is read', async () => {
  const [stream, device] = duplexPair()
  device.write(frameMessage(hello, false))
  const { session, got, leftOut } = await open(stream)
  for (const text of [
    'x'.repeat(300_000),
    '<a>',
    '<!DOCTYPE a><a/>',
    notification('y'.repeat(100_000)),
    notification('z'),
  ])
    device.write(frameMessage(text, true))
  await expect.poll(() => got.length).toBe(2)
  expect(got.map(({ children }) => children[1].text.length)).toEqual([100_000, 1])
  expect(leftOut).toEqual([
    'a message of 300000 bytes is too long',
    expect.stringContaining('unclosed tag'),
    expect.stringContaining('DOCTYPE'),
  ])
  session.destroy()
})

it('a peer that says something else than hello, or speaks no version that is known, is left', async () => {
  for (const [text, code] of [
    ['<rpc-reply/>', 'TCN_NETCONF_MESSAGE'],
    ['<x', 'TCN_NETCONF_XML'],
    [hello.replace('1.1', '7.0'), 'TCN_NETCONF_UNSUPPORTED'],
  ]) {
    const [stream, device] = duplexPair()
    device.write(frameMessage(text, false))
    await expect(open(stream)).rejects.toMatchObject({ code })
    expect(stream.destroyed).toBe(true)
  }
})

it('a device that leaves without its hello is named as such', async () => {
  const [stream, device] = duplexPair()
  device.end()
  await expect(open(stream)).rejects.toThrow('the device has ended the session before its hello')
})

it('a device that is lost ends requests and is reported once', async () => {
  const { device, stream } = connected()
  device.answers.set('x', '')
  const { session, closed } = await open(stream)
  const answer = session.request('it', '<x/>').catch((error) => error)
  device.drop()
  expect(await answer).toMatchObject({ code: 'TCN_NETCONF_CLOSED' })
  await expect(session.request('it', '<x/>')).rejects.toMatchObject({ code: 'TCN_NETCONF_CLOSED' })
  expect(closed).toHaveLength(1)
})

it('bytes without a frame end the session', async () => {
  const [stream, device] = duplexPair()
  device.write(frameMessage(hello, false))
  const { closed } = await open(stream)
  device.write('router> ')
  await expect.poll(() => closed.length).toBe(1)
  expect(closed[0]).toMatchObject({ code: 'TCN_NETCONF_FRAME' })
})

it('a hello, an answer and the rest of a message that do not come end the wait', async () => {
  const runtime = clockByHand()
  const silent = open(duplexPair()[0], undefined, runtime).catch((error) => error)
  runtime.advance(5_000)
  expect(await silent).toMatchObject({ code: 'TCN_NETCONF_TIMEOUT' })

  const [stream, device] = duplexPair()
  device.write(frameMessage(hello, false))
  const { session, closed } = await open(stream, undefined, runtime)
  const answer = session.request('it', '<x/>').catch((error) => error)
  runtime.advance(5_000)
  expect(await answer).toMatchObject({ code: 'TCN_NETCONF_TIMEOUT' })
  const pending = runtime.pending
  device.write('\n#5\n<a')
  await expect.poll(() => runtime.pending).toBe(pending + 1)
  runtime.advance(60_000)
  expect(closed[0]).toMatchObject({ code: 'TCN_NETCONF_TIMEOUT' })
})

it('leaving does not wait for a device that does not answer', async () => {
  const [stream, device] = duplexPair()
  device.write(frameMessage(hello, false))
  const { session, closed } = await open(stream)
  await session.close()
  expect(stream.destroyed).toBe(true)
  expect(closed).toEqual([])
})

it('netconfd answers the first request too, when it has read it together with the hello', async () => {
  await using device = await Netconfd.start()
  const { stream } = await device.dial()
  let greeting = Buffer.alloc(0)
  while (!greeting.includes(']]>]]>')) {
    await once(stream, 'readable')
    greeting = Buffer.concat([greeting, stream.read()])
  }
  stream.unshift(greeting)
  device.suspend()
  const before = device.passed()
  const write = vi.spyOn(stream, 'write')
  // Only the time until the empty request is shorter.
  const after = (ms: number, run: () => void) => realRuntime.after(ms === 2_000 ? 200 : 6 * ms, run)
  const runtime = { ...realRuntime, after }
  const { session } = await open(stream, undefined, runtime)
  const answer = session.request('the lock', '<lock><target><candidate/></target></lock>')
  const sent = write.mock.calls.map(([bytes]) => Buffer.from(bytes).length)
  expect(sent).toHaveLength(2)
  await expect.poll(() => device.passed()).toBeGreaterThanOrEqual(before + sent[0] + sent[1])
  device.resume()
  expect((await answer).errors).toEqual([])
  await session.close()
})

it('a device that does not answer the first request is asked for what no device has', async () => {
  const [stream, end] = duplexPair()
  let said = ''
  end.on('data', (bytes) => {
    said += bytes
  })
  end.write(frameMessage(hello, false))
  const clock = clockByHand()
  const { session } = await open(stream, undefined, clock)
  const answer = session.request('it', '<x/>')
  await expect.poll(() => said).toContain('<x/>')
  expect(said).not.toContain('<get>')
  clock.advance(2_000)
  await expect
    .poll(() => said)
    .toContain('<get><filter type="subtree"><nothing xmlns="urn:tocsin:nothing"/></filter></get>')
  const once = said.length
  clock.advance(2_000)
  await expect.poll(() => said.length).toBeGreaterThan(once)
  session.destroy()
  await expect(answer).rejects.toThrow('closed')
})
