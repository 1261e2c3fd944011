import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as C from '../../src/protocols/ncs/constants/events.js'
import { NcsHub } from './ncs-hub.js'
import { audit, environmentOf, START, startProgram } from './ncs-program.js'
import { PythonProgram } from './python.js'

let hub: NcsHub
beforeEach(async () => {
  hub = await NcsHub.start()
})
afterEach(() => hub[Symbol.asyncDispose]())

const env = () => environmentOf(hub)
const python = (program: string) => startProgram(hub, program)

describe('connecting', () => {
  it('sends the wishes of the program, and leaves out what its mask does not ask for', async () => {
    const program = python(`
connect(events.NOTIF_AUDIT | events.NOTIF_SYSTEM_GOING_DOWN, heartbeat_interval=1000, stream_name="whatever")
connect(events.NOTIF_HEARTBEAT + events.NOTIF_HEALTH_CHECK, hearbeat_interval=500, health_check_interval=2000)
noexists = _ncs.Value(init=1, type=_ncs.C_NOEXISTS)
start = _ncs.Value("2026-11-21T10:00:00.5", _ncs.C_DATETIME)
connect(events.NOTIF_STREAM_EVENT, stream_name="s", start_time=start, stop_time=noexists, xpath_filter="/a", usid=3, verbosity=_ncs.VERBOSITY_DEBUG)
`)
    await program.result()
    const wishes = hub.peers.map(({ hello }) => ({ features: hello?.features, ...hello?.ncs }))
    const always = { features: ['ncs'], module: 'ncs' }
    expect(wishes).toEqual([
      { ...always, mask: 0x8000_0001 },
      { ...always, mask: C.NOTIF_HEARTBEAT | C.NOTIF_HEALTH_CHECK, heartbeat: 500, health: 2000 },
      {
        ...always,
        mask: C.NOTIF_STREAM_EVENT,
        stream: 's',
        start: '2026-11-21T10:00:00.500000Z',
        xpath: '/a',
        usid: 3,
        verbosity: 3,
      },
    ])
  })

  it('may ask for nothing', async () => {
    const program = python('connect(0)')
    await program.result()
    expect(hub.peers.map(({ hello }) => hello?.ncs)).toEqual([{ mask: 0, module: 'ncs' }])
  })

  it('takes no longer than it is told, and says so', async () => {
    hub.isSilent = true
    const program = python(`
os.environ["TOCSIN_CONNECT_TIMEOUT"] = "0.2"
try: connect(1)
except _ncs.error.Error as error: tell([error.confd_errno == _ncs.ERR_TIMEOUT, error.confd_lasterr])
os.environ["TOCSIN_CONNECT_TIMEOUT"] = "soon"
tell(failure(connect, 1))
`)
    const said = `the hub at tcp://127.0.0.1:${hub.port} did not answer within 0.2 s`
    expect(await program.result()).toEqual([[true, said], 21])
  })

  it('is known by its descriptor too', async () => {
    const program = python(`
sock = connect(events.NOTIF_AUDIT)
tell(events.read_notification(sock.dup())["audit"]["msg"])
other = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
sock.close()
tell(events.read_notification(other)["audit"]["msg"])
`)
    const peer = await hub.peer()
    peer.notify(C.NOTIF_AUDIT, audit)
    peer.notify(C.NOTIF_AUDIT, { ...audit, msg: 'again' })
    expect(await program.result()).toEqual(['login', 'again'])
  })

  it('refuses arguments as the document says', async () => {
    const program = python(`
unix, tcp, data = socket.socket(socket.AF_UNIX), socket.socket(), events.NotificationsData()
tell([failure(events.notifications_connect, tcp, mask, ip="127.0.0.1", port=1) for mask in (events.NOTIF_HEARTBEAT, events.NOTIF_HEALTH_CHECK, events.NOTIF_STREAM_EVENT)])
tell([
    failure(events.notifications_connect, unix, 1),
    failure(events.notifications_connect, unix, 1, ip="127.0.0.1", port=1),
    failure(events.notifications_connect, tcp, 1, path="/x"),
    failure(events.notifications_connect, tcp, 1, ip="127.0.0.1"),
    failure(events.notifications_connect2, tcp, 1, None, ip="127.0.0.1", port=1),
    failure(events.notifications_connect2, tcp, -1, data, ip="127.0.0.1", port=1),
    failure(events.NotificationsData, heartbeat_interval="x"),
    failure(events.NotificationsData, start_time="yesterday"),
    failure(events.Notification),
])
tell([failure(events.notifications_connect, unix, 1, path="/no/such/socket"), failure(events.read_notification, tcp)])
`)
    expect(await program.result()).toEqual([[21, 21, 21], Array(9).fill('TypeError'), [24, 17]])
  })

  it('raises the refusal of the hub as an error with the number of the vendor', async () => {
    const program = python(`
for _ in range(3):
    sys.stdin.readline()
    tell(failure(connect, 1))
`)
    for (const code of ['TCN_ACCESS_TOKEN', 'TCN_NCS_STREAM', 'TCN_PROTOCOL_BODY']) {
      hub.refuse = { code, message: 'no' }
      const { length } = program.told
      program.say('')
      await program.tells(length + 1)
    }
    expect(await program.result()).toEqual([3, 1, 21])
  })

  it('says so if the hub has no notifications', async () => {
    hub.features = []
    expect(await python('tell(failure(connect, 1))').result()).toEqual([51])
  })

  it('sends the token of the environment, or of the file that the vendor names', async () => {
    await new PythonProgram(`${START}connect(1)`, { env: { ...env(), TOCSIN_TOKEN: 'secret' } }).result()
    const file = new URL('../../package.json', import.meta.url).pathname
    await new PythonProgram(`${START}connect(1)`, { env: { ...env(), NCS_IPC_ACCESS_FILE: file } }).result()
    const tokens = hub.peers.map(({ hello }) => hello?.token)
    expect(tokens).toEqual(['secret', readFileSync(file, 'utf8').trim()])
  })

  it('takes the port of the vendor where the program passes None', async () => {
    const program = python(`
from tocsin.ncs.events import _destination, NotificationsData
import _confd.events
tell([NotificationsData.usual_port, _confd.events.NotificationsData.usual_port, _confd.PORT])
try:
    events.notifications_connect(socket.socket(), 1, ip="127.0.0.1", port=None)
except _ncs.error.Error as error:
    tell("127.0.0.1:4569" in str(error))
`)
    expect(await program.result()).toEqual([[4569, 4565, null], true])
  })
})

describe('reading', () => {
  it('leaves the rest of the stream in the socket, so that select sees it', async () => {
    const program = python(`
import selectors
sock = connect(events.NOTIF_AUDIT)
selector = selectors.DefaultSelector()
selector.register(sock, selectors.EVENT_READ)
poll = select.poll(); poll.register(sock, select.POLLIN)
def readable(): return [bool(select.select([sock], [], [], 0)[0]), bool(poll.poll(0)), bool(selector.select(0))]
tell(readable())
size = int(sys.stdin.readline())
while len(sock.recv(size, socket.MSG_PEEK)) < size: pass
for _ in range(2):
    tell(events.read_notification(sock)["audit"]["msg"])
    tell(readable())
`)
    const peer = await hub.peer()
    await program.tells(1)
    const two = Buffer.concat([peer.frame(C.NOTIF_AUDIT, audit), peer.frame(C.NOTIF_AUDIT, audit)])
    peer.socket.write(two)
    program.say(String(two.length))
    const [all, none] = [Array(3).fill(true), Array(3).fill(false)]
    expect(await program.result()).toEqual([none, 'login', all, 'login', none])
  })

  it('puts a record together that arrives in pieces, also where the socket does not block', async () => {
    const program = python(`
for setting in (None, 0, 5):
    sock = connect(events.NOTIF_AUDIT)
    sock.settimeout(setting)
    tell(["connected", sock.gettimeout()])
    select.select([sock], [], [])
    tell(events.read_notification(sock)["audit"]["usid"])
`)
    for (const n of [0, 1, 2]) {
      const peer = await hub.peer(n)
      await program.tells(2 * n + 1)
      const frame = peer.frame(C.NOTIF_AUDIT, audit)
      for (const [from, to] of [
        [0, 2],
        [2, 9],
        [9, 40],
        [40, frame.length],
      ]) {
        await new Promise((sent) => peer.socket.write(frame.subarray(from, to), sent))
      }
    }
    const connected = [null, 0, 5].map((setting) => ['connected', setting])
    expect(await program.result()).toEqual(connected.flatMap((each) => [each, 7]))
  })

  it('raises what recv raises while there is nothing to read', async () => {
    const program = python(`
sock = connect(1)
sock.setblocking(False)
tell(failure(events.read_notification, sock))
sock.settimeout(0.01)
try:
    events.read_notification(sock)
except socket.timeout:
    tell("timeout")
`)
    expect(await program.result()).toEqual(['BlockingIOError', 'timeout'])
  })

  it('loses nothing when a signal interrupts it in the middle of a record', async () => {
    const program = python(`
import signal
class Interrupted(Exception): pass
def handler(*_): raise Interrupted()
signal.signal(signal.SIGUSR1, handler)
sock = connect(events.NOTIF_AUDIT)
try:
    tell("ready")
    events.read_notification(sock)
except Interrupted:
    tell("interrupted")
tell(events.read_notification(sock)["audit"]["msg"])
`)
    const peer = await hub.peer()
    await program.tells(1)
    const frame = peer.frame(C.NOTIF_AUDIT, audit)
    await new Promise((sent) => peer.socket.write(frame.subarray(0, 20), sent))
    program.child.kill('SIGUSR1')
    await program.tells(2)
    peer.socket.write(frame.subarray(20))
    expect(await program.result()).toEqual(['ready', 'interrupted', 'login'])
  })

  it('ends with EOF between records, and with an error within one', async () => {
    const program = python(`
for _ in range(4):
    sock = connect(1)
    tell(failure(events.read_notification, sock))
    tell(failure(events.read_notification, sock))
`)
    ;(await hub.peer(0)).socket.end()
    const torn = await hub.peer(1)
    torn.socket.end(torn.frame(C.NOTIF_AUDIT, audit).subarray(0, 30))
    ;(await hub.peer(2)).say('goodbye', { code: 'STOP', message: 'the hub stops' })
    ;(await hub.peer(3)).say('error', { code: 'TCN_NCS_TIMEOUT', message: 'late' })
    expect(await program.result()).toEqual(['EOF', 'EOF', 45, 'EOF', 'EOF', 'EOF', 48, 'EOF'])
  })

  it('refuses a record that is longer than any of the hub', async () => {
    const program = python('tell(failure(events.read_notification, connect(1)))')
    ;(await hub.peer()).socket.write(Buffer.of(0xff, 0xff, 0xff, 0xff))
    expect(await program.result()).toEqual([21])
  })

  it('works with asyncio, in threads, and after a fork', async () => {
    const program = python(`
import asyncio
async def first(sock):
    ready = asyncio.Event()
    asyncio.get_running_loop().add_reader(sock, ready.set)
    await ready.wait()
    asyncio.get_running_loop().remove_reader(sock)
    return events.read_notification(sock)
tell(asyncio.run(first(connect(1)))["audit"]["msg"])

sock, found = connect(1), []
threads = [threading.Thread(target=lambda: found.append(events.read_notification(sock)["audit"]["usid"])) for _ in range(4)]
for each in threads: each.start()
for each in threads: each.join()
tell(sorted(found))

sock = connect(1)
child = os.fork()
if child == 0:
    tell(events.read_notification(sock)["audit"]["msg"])
    os._exit(0)
os.waitpid(child, 0)
tell("parent")
`)
    ;(await hub.peer(0)).notify(C.NOTIF_AUDIT, audit)
    const second = await hub.peer(1)
    for (const usid of [1, 2, 3, 4]) second.notify(C.NOTIF_AUDIT, { ...audit, usid })
    ;(await hub.peer(2)).notify(C.NOTIF_AUDIT, audit)
    expect(await program.result()).toEqual(['login', [1, 2, 3, 4], 'login', 'parent'])
  })
})
