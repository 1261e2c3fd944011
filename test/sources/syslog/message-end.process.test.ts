import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SyslogHarness } from './harness.js'
import { sendLocal } from './local-sender.js'

const local = '127.0.0.1:0'
let syslog: SyslogHarness
beforeEach(() => {
  syslog = new SyslogHarness()
})
afterEach(() => syslog.close())

describe('the handler of Python', () => {
  const script = `import logging, logging.handlers, socket, sys, time
kind, port = sys.argv[1], int(sys.argv[2])
handler = logging.handlers.SysLogHandler(("127.0.0.1", port), socktype=getattr(socket, kind))
log = logging.getLogger()
log.addHandler(handler)
for i in range(3): log.error('{"n": %d}', i)
sys.stdout.write("sent")
sys.stdout.flush()
sys.stdin.read()`

  it.each([
    ['tcp', 'SOCK_STREAM'],
    ['udp', 'SOCK_DGRAM'],
  ])('is understood over %s while it is connected, and its text can be parsed', async (transport, kind) => {
    await syslog.start({ tcp: local, udp: local, parse: 'json' })
    const program = spawn('python3', ['-c', script, kind, String(syslog.port(transport))])
    try {
      await once(program.stdout, 'data')
      await syslog.until(() => syslog.messages.length === 3)
      expect(syslog.messages).toMatchObject(
        [0, 1, 2].map((n) => ({ fields: { n }, severity: 'err', transport })),
      )
    } finally {
      const ended = once(program, 'exit')
      program.stdin.end()
      await ended
    }
  })
})

it('a message has the same text at each door, with any end that senders give it', async () => {
  const [unix, datagrams] = [syslog.path('stream'), syslog.path('datagrams')]
  await syslog.start({ udp: local, tcp: local, unix, datagrams, maxMessage: '480B' })
  const ends = ['', '\n', '\r\n', '\0', '\n\0', '\0\n', '\0\0\0', '\r\0']
  const header = '<13>1 - - - - - - '
  const longest = 'x'.repeat(480 - header.length)
  const all = ends.flatMap((end) => [`${header}a${end}`, `${header}${longest}${end}`])
  const nothing = ['\n', '\0', '\r\n\0']
  const lines = [...all, ...nothing].map((each) => (/[\n\0]$/.test(each) ? each : `${each}\n`)).join('')
  const counted = all.map((each) => `${each.length} ${each}`).join('\n')
  for (const stream of [{ port: syslog.port('tcp'), host: '127.0.0.1' }, { path: unix }])
    for (const sent of [lines, counted]) connect(stream).end(sent)
  const sender = createSocket('udp4')
  for (const each of [...nothing, ...all])
    await new Promise((done) => sender.send(each, syslog.port('udp'), '127.0.0.1', done))
  sender.close()
  await sendLocal(datagrams, ...nothing, ...all)
  await syslog.until(() => syslog.messages.length >= 6 * all.length)
  expect(syslog.messages).toHaveLength(6 * all.length)
  expect([...new Set(syslog.texts)]).toEqual(['a', longest])
  expect(syslog.messages.filter((each) => 'cut' in each || each.malformed !== undefined)).toEqual([])
})
