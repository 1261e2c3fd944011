import assert from 'node:assert/strict'
import { Command } from '../command.js'
import { bytes, end, isUp, nextPort } from '../stage.js'

export const commandCases = {
  async 'tocsin sctp listen and connect exchange lines, and show notifications'() {
    const port = nextPort()
    const listener = new Command('sctp', 'listen', `127.0.0.1:${port}`)
    await listener.says('stderr', 'listening')
    const client = new Command('sctp', 'connect', `127.0.0.1:${port}`, '--ppid', '60', '--format', 'json')
    listener.child.stdin!.write('welcome\n')
    await client.says('stdout', '"text":"welcome"')
    client.child.stdin!.end('one\ntwo\n')
    assert.equal(await client.ended(), 0)
    await listener.says('stderr', 'sac_state=SCTP_SHUTDOWN_COMP')
    await listener.says('stdout', 'two')
    assert.equal(listener.stdout, 'one\ntwo\n')
    assert.match(listener.stderr, /SCTP_ASSOC_CHANGE sac_flags=0 sac_state=SCTP_COMM_UP/)
    listener.child.kill('SIGINT')
    assert.equal(await listener.ended(), 130)
  },

  async 'tocsin sctp connect sends on any stream, including those above the default of the system'() {
    const server = end()
    server.socket.listen()
    const client = new Command('sctp', 'connect', server.address.join(':'), '--stream', '300')
    client.child.stdin!.end('far\n')
    assert.equal((await server.seen.message()).stream, 300)
    assert.equal(await client.ended(), 0)
    server.socket.close()
  },

  async 'tocsin sctp watch shows the notifications of a socket; a lost association is exit code 1'() {
    const server = end()
    server.socket.listen()
    const watch = new Command('sctp', 'watch', '--connect', server.address.join(':'), '--format', 'json')
    const association = await isUp(server)
    await server.socket.abort(association, bytes('x'))
    assert.equal(await watch.ended(), 1)
    assert.match(watch.stderr, /the association is lost: User-Initiated Abort/)
    const states = watch.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).sac_state)
    assert.equal(states[0], 0)
    assert.equal(states.at(-1), 1)
    server.socket.close()
  },
}
