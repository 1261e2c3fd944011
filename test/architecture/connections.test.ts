import { expect, it } from 'vitest'
import { filesUnder, importsOf, type SourceFile } from './sources.js'

/**
 * A library that gets a socket works on all that comes, however much it is. It gets the end of a connection from
 * `src/transport`, which bounds that. These open or accept connections themselves:
 */
const OWN: Readonly<Record<string, string>> = {
  'src/client/transport/dial-web-socket.ts': 'the head of the answer is bounded, and then messages',
  'src/client/transport/transport-socket.ts':
    'records, with a length each, decoded by the link as it expects them',
  'src/faces/native/server.ts': 'records, as above, with the limits of strangers',
  'src/faces/native/tcp.ts': 'the same over TCP and TLS',
  'src/faces/netconf/call-home.ts': 'hands them to the client of SSH or TLS below',
  'src/faces/netconf/listening.ts': 'hands them to the guarded server of SSH; over TLS, messages in pieces',
  'src/faces/salt/bus/listener.ts': 'messages with a limit of bytes, read in turns',
  'src/faces/salt/rest/upstream.ts': 'the salt-api of this installation, whose answers are bounded',
  'src/faces/web/listener.ts':
    'HTTP of Node.js, with limits for heads, one request of a connection at a time',
  'src/jobs/output-pipe.ts': 'both ends are the hub and its own program',
  'src/parts/unix-socket.ts': 'asks whether somebody listens, and reads nothing',
  'src/protocols/dbus/signals.ts': 'the system bus of this machine, messages with a limit',
  'src/protocols/ncs/client/record-stream.ts': 'records, as above',
  'src/protocols/netconf/client/ssh.ts': 'guarded',
  'src/protocols/netconf/client/tls.ts': 'messages in pieces, with a limit, read in turns',
  'src/protocols/salt/client/dial.ts': 'messages with a limit of bytes',
  'src/protocols/sysadm/client/connection.ts': 'guarded',
  'src/protocols/sysadm/client/tls.ts': 'WebSocket messages with a limit',
  'src/protocols/transport/http-get.ts': 'guarded',
  'src/sinks/http/post.ts': 'guarded',
  'src/sinks/mail/destination.ts': 'guarded',
  'src/sinks/syslog/destination.ts': 'sends; what comes is not kept',
  'src/sources/bmp/source.ts': 'messages with a limit of bytes, read in turns',
  'src/sources/containers/daemon.ts': 'the daemon of this machine, answers with a limit',
  'src/sources/syslog/source.ts': 'messages with a limit of bytes, read in turns',
  'src/storage/nats/server-complaint.ts': 'a line of a server of the cluster, with a limit',
  'src/cli/commands/doctor/listener-checks.ts': 'tries whether an address is free',
  'src/cli/commands/doctor/server-checks.ts': 'tries whether a server can be reached',
}

const OPENS = /\b(?:connect|createConnection|createServer|request)\b/
const imports = /import\s*\{([^}]*)\}\s*from 'node:(?:net|tls|https?)'/g

/** Returns whether the file opens or accepts connections; types of the modules do not. */
function opens({ path, text }: SourceFile): boolean {
  // Those of a browser are its own.
  if (/\bnew WebSocket\(/.test(text)) return path !== 'src/client/browser-setup.ts'
  return [...text.matchAll(imports)].some(([, names]) => OPENS.test(names.replace(/\btype \w+/g, '')))
}

const found = filesUnder('src').filter((file) => opens(file))

it('connections are opened and accepted in few places, and for each it is known what bounds them', () => {
  const known = new Set([...Object.keys(OWN), 'src/transport/dial.ts'])
  expect(found.map(({ path }) => path).filter((path) => !known.has(path))).toEqual([])
})

it('every place that is named still opens connections', () => {
  const paths = found.map(({ path }) => path)
  expect(Object.keys(OWN).filter((path) => !paths.includes(path))).toEqual([])
})

it('those that are called guarded use the guard', () => {
  const guarded = found.filter(({ path }) => OWN[path] === 'guarded')
  expect(guarded.length).toBeGreaterThan(3)
  const others = guarded.filter((file) => !importsOf(file).some((from) => /\/transport\/guarded-/.test(from)))
  expect(others.map(({ path }) => path)).toEqual([])
})
