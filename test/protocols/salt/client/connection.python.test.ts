import { describe, expect, it } from 'vitest'
import {
  getEvent,
  MinionEvent,
  SaltConnection,
  SaltEvent,
} from '../../../../src/protocols/salt/client/index.js'
import { Bus } from './bus.js'

describe('the connection to a bus', () => {
  it('supports the framing of 2016: body first, as raw text', async () => {
    await using bus = await Bus.start({ old: true })
    await using event = await getEvent('master', { sockDir: bus.sockDir })
    await bus.says('subscribed')
    await event.fireEvent({ bytes: Uint8Array.of(0, 255), large: 'x'.repeat(70_000) }, 'old')
    expect(await event.getEvent()).toMatchObject({ bytes: Uint8Array.of(0, 255) })
  })

  it('uses TCP on the loopback address with ipc_mode tcp, as on Windows', async () => {
    await using bus = await Bus.start({ tcp: true })
    const { pub, pull } = bus.addresses
    const ports = { tcp_pub_port: Number(pub), tcp_pull_port: pull as never }
    await using event = new MinionEvent({ id: 'x', ipc_mode: 'tcp', ...ports })
    await bus.says('subscribed')
    await event.fireEvent({ via: 'tcp' }, 'custom/1')
    for await (const data of event.iterEvents({ matchType: 'regex', tag: 'custom/.*' })) {
      expect(data).toMatchObject({ via: 'tcp' })
      break
    }
  })

  it('refuses options that name no socket', () => {
    const code = 'TCN_SALT_CONFIG'
    const wrong = [{ ipc_mode: 'tcp', tcp_pub_port: 70_000 }, { hash_type: 'none' }]
    for (const opts of wrong) {
      expect(() => new MinionEvent(opts)).toThrow(expect.objectContaining({ code }))
    }
  })

  it('returns null when the bus closes it, or throws with raiseErrors', async () => {
    await using bus = await Bus.start()
    await using quiet = await getEvent('master', { sockDir: bus.sockDir })
    await using loud = await getEvent('master', { sockDir: bus.sockDir, raiseErrors: true })
    await bus.says('subscribed', 2)
    const waiting = [quiet.getEvent(), loud.getEvent().catch((error) => error.code)]
    await bus.stop()
    expect(await Promise.all(waiting)).toEqual([null, 'TCN_SALT_CLOSED'])
  })

  it('is opened again with autoReconnect, and continues', async () => {
    await using bus = await Bus.start()
    await using event = await getEvent('master', { sockDir: bus.sockDir })
    await bus.says('subscribed')
    const waiting = event.getEvent({ wait: 10, autoReconnect: true, full: true })
    await bus.stop()
    await bus.start()
    await bus.says('subscribed')
    await using sender = new SaltEvent('master', { sockDir: bus.sockDir, listen: false })
    await sender.fireEvent({}, 'again')
    expect(await waiting).toMatchObject({ tag: 'again' })
  })

  it('is opened by a later call if the bus was not available at first', async () => {
    await using bus = await Bus.start()
    await bus.stop()
    await using event = await getEvent('master', { sockDir: bus.sockDir })
    expect(event.cpub).toBe(false)
    expect(await event.getEvent({ wait: 0.02 })).toBeNull()
    await bus.start()
    const waiting = event.getEvent()
    await bus.says('subscribed')
    await event.fireEvent({}, 'first')
    expect(await waiting).not.toBeNull()
  })

  it('is tried once by calls that do not block', async () => {
    await using bus = await Bus.start()
    await bus.stop()
    await using event = await getEvent('master', { sockDir: bus.sockDir })
    const look = async () => [await event.getEvent({ noBlock: true }), await event.getEventNoblock()]
    const looked = look()
    await bus.start()
    expect(await looked).toEqual([null, null])
    expect(event.cpub).toBe(false)
  })

  it('ends pending calls when it is destroyed', async () => {
    await using bus = await Bus.start()
    const event = await getEvent('master', { sockDir: bus.sockDir })
    const waiting = event.getEvent({ wait: 0 })
    event.destroy()
    expect(await waiting).toBeNull()
    expect(await event.getEvent({ wait: 1 })).toBeNull()
    expect(await event.fireEvent({}, 'tag')).toBe(false)
  })

  it('buffers a limited number of bytes while nobody reads, and loses nothing', async () => {
    await using bus = await Bus.start()
    await using event = await getEvent('master', { sockDir: bus.sockDir, maxBuffered: 64 * 1024 })
    await bus.says('subscribed')
    const data = { filler: 'x'.repeat(1000) }
    const fired = Array.from({ length: 3000 }, (_, index) => event.fireEvent(data, `n/${index}`))
    expect(await Promise.all(fired)).not.toContain(false)
    for (let index = 0; index < 3000; index++) {
      expect((await event.getEvent({ full: true }))?.tag).toBe(`n/${index}`)
    }
  })

  it('ends when the start of the next frame can no longer be determined', async () => {
    await using bus = await Bus.start()
    await using connection = await SaltConnection.open({ path: bus.addresses.pub }, { maxFrame: 100 })
    await bus.says('subscribed')
    await using sender = new SaltEvent('master', { sockDir: bus.sockDir, listen: false })
    await sender.fireEvent({ small: true }, 'a')
    await sender.fireEvent({ large: 'x'.repeat(200) }, 'b')
    expect(SaltEvent.unpack((await connection.read())!)[0]).toBe('a')
    await expect(connection.read()).rejects.toMatchObject({ code: 'TCN_SALT_CLOSED' })
  })
})
