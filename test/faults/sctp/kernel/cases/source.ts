import assert from 'node:assert/strict'
import { nodeRuntime } from '../../../../../src/hub/node-runtime.js'
import { SourceRunner } from '../../../../../src/sources/runner.js'
import { sctpSource, sctpSourcesConfig } from '../../../../../src/sources/sctp/index.js'
import { FakeHost } from '../../../../helpers/fake-source-host.js'
import { bytes, end, isUp, nextPort, permanentHost } from '../stage.js'

type Entry = NonNullable<Parameters<typeof sctpSourcesConfig.parse>[0]>

/** Runs the source like the hub does. */
function running(entry: object): { runner: SourceRunner; host: FakeHost } {
  const [config] = sctpSourcesConfig.parse([{ name: 'n2', ...entry }] as Entry)
  const host = new FakeHost(nodeRuntime())
  const runner = new SourceRunner(sctpSource(config), host)
  runner.start()
  return { runner, host }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const limit = performance.now() + 180_000
  while (!holds()) {
    if (performance.now() > limit) throw new Error(`never ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const tagsOf = ({ events }: FakeHost) => events.map(({ tag }) => tag.replace(/^sctp\/n2\/\d+\//, ''))
const rowsOf = (runner: SourceRunner) => runner.inspect() as Record<string, unknown>[]

export const sourceCases = {
  async 'the listening source publishes the life of each association'() {
    const port = nextPort()
    const addresses = ['127.0.0.1', permanentHost]
    const { runner, host } = running({ listen: { addresses, port }, data: { maxBytes: '4B' } })
    await until('listening', () => runner.status().state === 'up')
    const client = end()
    await client.socket.connect(['127.0.0.1', port])
    const id = await isUp(client)
    await client.socket.sendv(bytes('0123456789'), { association: id, ppid: 60, stream: 2 })
    await until('a message', () => tagsOf(host).includes('message'))
    const [row] = rowsOf(runner)
    assert.equal(row.state, 'up')
    assert.equal(row.messages, 1)
    assert.equal(row.bytes, 10)
    assert((row.outboundStreams as number) > 0)
    const paths = row.peers as { host: string; state: string; primary: boolean }[]
    assert(paths.some(({ host, state, primary }) => host === '127.0.0.1' && state === 'active' && primary))
    await client.socket.abort(id, bytes('enough'))
    await until('its end', () => rowsOf(runner)[0].state === 'lost')
    assert.equal(rowsOf(runner)[0].lastError, 'User-Initiated Abort')
    const tags = tagsOf(host)
    assert.equal(tags.filter((tag) => tag === 'assoc_change').length, 2)
    const messages = host.events.filter(({ tag }) => tag.endsWith('/message'))
    assert.deepEqual(
      messages.map(({ data }) => data),
      [
        {
          association: row.association,
          stream: 2,
          ppid: 60,
          unordered: false,
          data: bytes('0123'),
          cut: true,
        },
      ].map((each) => ({ ...each, data: new Uint8Array(each.data) })),
    )
    await runner.stop()
    client.socket.close()
  },

  async 'the source reads nothing while the hub accepts nothing, and loses nothing'() {
    const port = nextPort()
    const { runner, host } = running({ listen: { addresses: ['127.0.0.1'], port }, data: {} })
    await until('listening', () => runner.status().state === 'up')
    host.full = true
    const client = end()
    await client.socket.connect(['127.0.0.1', port])
    const association = await isUp(client)
    for (let i = 0; i < 200; i++) await client.socket.sendv(bytes(String(i)), { association })
    assert.equal(host.events.filter(({ tag }) => tag.startsWith('sctp/')).length, 0)
    host.full = false
    const texts = () =>
      host.events
        .filter(({ tag }) => tag.endsWith('/message'))
        .map(({ data }) => Buffer.from((data as { data: Uint8Array }).data).toString())
    await until('all messages', () => texts().length === 200)
    assert.deepEqual(
      texts(),
      Array.from({ length: 200 }, (_, i) => String(i)),
    )
    await runner.stop()
    client.socket.close()
  },

  async 'the connecting source retries until its peer exists, and after the association is lost'() {
    for (const style of ['oneToMany', 'oneToOne']) {
      const server = end()
      const [address, port] = server.address
      const { runner, host } = running({ connect: { addresses: [address], port }, style })
      await until('refused', () => runner.status().state === 'down')
      assert(host.data('hub/source/sctp/n2/down').length > 0 || host.events.length > 0)
      server.socket.listen()
      await until('up', () => runner.status().state === 'up')
      const lost = await isUp(server)
      await server.socket.abort(lost)
      await until('up again', () => runner.status().restarts >= 2 && runner.status().state === 'up')
      const up = host.events.filter(
        ({ tag, data }) =>
          tag.endsWith('/assoc_change') &&
          (data as { names: { sac_state: string } }).names.sac_state === 'SCTP_COMM_UP',
      )
      assert.equal(up.length, 2, style)
      assert(
        rowsOf(runner).some(
          ({ state, lastError }) => state === 'lost' && lastError === 'User-Initiated Abort',
        ),
      )
      await runner.stop()
      server.socket.close()
    }
  },

  async 'a source of one-to-one sockets accepts many peers, each with its own socket'() {
    const port = nextPort()
    const { runner } = running({ listen: { addresses: ['127.0.0.1'], port }, style: 'oneToOne' })
    await until('listening', () => runner.status().state === 'up')
    const clients = [end(), end(), end()]
    for (const client of clients) await client.socket.connect(['127.0.0.1', port])
    await until('three', () => rowsOf(runner).filter(({ state }) => state === 'up').length === 3)
    await clients[0].socket.shutdown(await isUp(clients[0]))
    await until('one closed', () => rowsOf(runner).filter(({ state }) => state === 'closed').length === 1)
    assert.equal(runner.status().state, 'up')
    await runner.stop()
    for (const client of clients) client.socket.close()
  },
}
