import { execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Sends each line of its input, which is hexadecimal, as a datagram. */
const SEND = `
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "$!";
connect($socket, pack_sockaddr_un($ARGV[0])) or die "$!";
while (<STDIN>) { chomp; defined send $socket, pack('H*', $_), 0 or die "$!" }
`

/** Sends datagrams to a unix socket as a C library does, which waits while the queue is full. */
export async function sendLocal(path: string, ...datagrams: (string | Uint8Array)[]): Promise<void> {
  const sending = run('perl', ['-MSocket', '-e', SEND, path])
  sending.child.stdin?.on('error', () => undefined)
  sending.child.stdin?.end(datagrams.map((each) => `${Buffer.from(each).toString('hex')}\n`).join(''))
  await sending
}

const FILL = `
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "$!";
setsockopt($socket, SOL_SOCKET, SO_SNDTIMEO, pack('l!l!', 1, 0)) or die "$!";
connect($socket, pack_sockaddr_un($ARGV[0])) or die "$!";
my $sent = 0;
$sent++ while defined send $socket, "<13>t: $sent", 0;
print $sent;
`

/** Sends `t: 0`, `t: 1` and so on until no more is taken for a second. Returns how many were. */
export async function fillLocal(path: string): Promise<number> {
  const { stdout } = await run('perl', ['-MSocket', '-e', FILL, path])
  return Number(stdout)
}

/** Binds a datagram socket and leaves it without a reader. */
export async function leaveSocket(path: string): Promise<void> {
  await run('python3', ['-c', `import socket, sys; ${BIND}`, path])
}

/** A program that has a datagram socket, until the returned function is called. */
export async function readElsewhere(path: string): Promise<() => void> {
  const words = ['-c', `import socket, sys; ${BIND}; print('bound', flush=True); sys.stdin.read()`, path]
  const other = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((bound) => other.stdout.once('data', bound))
  return () => other.stdin.end()
}

const BIND = 's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])'

/** Returns the numbers of the readers of a socket, of which there is one. */
export function readersOf(path: string): number[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return numbers.filter((pid) => isReader(commandOf(pid), path)).map(Number)
}

function isReader(command: string, path: string): boolean {
  return command.startsWith('perl\0') && command.endsWith(`\0${path}\0`)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}
