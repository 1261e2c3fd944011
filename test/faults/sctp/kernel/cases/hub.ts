import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from '../command.js'
import { nextPort } from '../stage.js'

export const hubCases = {
  async 'a hub publishes the events of a peer, and lists its association'() {
    const folder = mkdtempSync(join(tmpdir(), 'sctp-hub-'))
    const [config, socket] = [join(folder, 'tocsin.yaml'), join(folder, 'tocsin.sock')]
    const port = nextPort()
    const source = { name: 'n2', listen: { addresses: ['127.0.0.1'], port }, data: {} }
    writeFileSync(config, JSON.stringify({ sources: { system: { enabled: false }, sctp: [source] } }))
    const places = ['--config', config, '--data', join(folder, 'data'), '--socket', socket]
    const hub = new Command('serve', ...places, '--http', '127.0.0.1:0')
    const ask = (...args: string[]) => new Command(...args, '--format', 'json', '--url', socket)
    await hub.says('stderr', 'is ready')

    const tail = ask('tail', 'sctp/n2/', '--from', 'start')
    const peer = new Command('sctp', 'connect', `127.0.0.1:${port}`, '--ppid', '60')
    peer.child.stdin!.write('hello\n')
    await tail.says('stdout', '"sctp.message"')
    const table = ask('sctp', 'associations')
    assert.equal(await table.ended(), 0)
    const { source: name, state, messages, peers } = JSON.parse(table.stdout)
    assert.deepEqual([name, state, messages, peers[0].host], ['n2', 'up', 1, '127.0.0.1'])
    peer.child.stdin!.end()
    assert.equal(await peer.ended(), 0)
    await tail.says('stdout', 'SCTP_SHUTDOWN_COMP')

    const read = ask('read', 'sctp/n2/')
    assert.equal(await read.ended(), 0)
    const events = eventsOf(read)
    assert.deepEqual(eventsOf(tail), events)
    assert.equal(events[0].type, 'sctp.assoc_change')
    assert.equal(events[0].data.names.sac_state, 'SCTP_COMM_UP')
    const message = events.find(({ type }) => type === 'sctp.message')
    assert.equal(message.data.ppid, 60)
    hub.child.kill('SIGTERM')
    assert.equal(await hub.ended(), 0)
    rmSync(folder, { recursive: true })
  },
}

function eventsOf({ stdout }: Command) {
  const lines = stdout.trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}
