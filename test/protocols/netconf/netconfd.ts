import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { LongWork } from '../../../src/incremental/long-work.js'
import { readHostKey } from '../../../src/protocols/netconf/client/host-key.js'
import { NetconfSession } from '../../../src/protocols/netconf/client/session.js'
import { dialSsh } from '../../../src/protocols/netconf/client/ssh.js'
import type { NetconfTransport } from '../../../src/protocols/netconf/client/transport.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'

const SUBSYSTEM = '/usr/sbin/netconf-subsystem'

/** A genuine device: netconfd behind the server of OpenSSH, at a free port of this machine. */
export class Netconfd implements AsyncDisposable {
  readonly folder = temporaryFolder('netconfd')
  readonly user = userInfo().username
  port = 0
  #sshd: ChildProcess | undefined
  #device: ChildProcess | undefined
  readonly #callers: ChildProcess[] = []
  readonly #words: readonly string[]

  private constructor(words: readonly string[]) {
    this.#words = words
  }

  /** `words`: further options of netconfd. */
  static async start(words: readonly string[] = []): Promise<Netconfd> {
    const made = new Netconfd(words)
    made.port = await freePort()
    for (const name of ['host', 'user'])
      execFileSync(requireTool('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-f', made.#path(name)])
    copyFileSync(made.#path('user.pub'), made.#path('authorized'))
    await made.#runSshd()
    await made.run()
    return made
  }

  get keyFile(): string {
    return this.#path('user')
  }

  get hostKey(): string {
    return readHostKey(readFileSync(this.#path('host.pub'), 'utf8'))
  }

  /** Runs netconfd, which has forgotten everything. */
  async run(): Promise<void> {
    const socket = this.#path('ncx.sock')
    rmSync(socket, { force: true })
    const words = [
      `--superuser=${this.user}`,
      '--access-control=off',
      '--module=toaster',
      `--port=${this.port}`,
      `--ncxserver-sockname=${socket}`,
      '--no-startup',
      ...this.#words,
    ]
    this.#device = spawn(requireTool('netconfd'), words, {
      cwd: this.folder,
      env: { ...process.env, HOME: this.folder },
      stdio: 'ignore',
    })
    await until(() => existsSync(socket))
  }

  get hasEnded(): boolean {
    return this.#device === undefined || isOver(this.#device)
  }

  async kill(): Promise<void> {
    await end(this.#device)
  }

  /** Until it is resumed, it reads and writes nothing. */
  suspend(): void {
    this.#device?.kill('SIGSTOP')
  }

  resume(): void {
    this.#device?.kill('SIGCONT')
  }

  /** Kills one of the processes that serve its connections, if there is one. */
  cut(choose: (below: number) => number): void {
    const { stdout } = spawnSync('pgrep', ['-f', `^${this.#subsystem}`], { encoding: 'utf8' })
    const found = stdout.split('\n').filter((line) => line !== '')
    if (found.length > 0) process.kill(Number(found[choose(found.length)]), 'SIGKILL')
  }

  /** Bytes that have come for it, or from it, over the newest connection. */
  passed(): number {
    const found = execFileSync('pgrep', ['-n', '-f', `^${this.#subsystem}`], { encoding: 'utf8' })
    const [, written] = /wchar: (\d+)/.exec(readFileSync(`/proc/${found.trim()}/io`, 'utf8')) ?? []
    return Number(written)
  }

  dial(): Promise<NetconfTransport> {
    return dialSsh(
      { user: this.user, privateKey: readFileSync(this.keyFile, 'utf8'), hostKeys: [this.hostKey] },
      {
        address: { host: '127.0.0.1', port: this.port },
        runtime: realRuntime,
        timeout: 10_000,
        signal: new AbortController().signal,
      },
    )
  }

  /** A session beside that of the source: the device reports its begin and its end. */
  async session(): Promise<NetconfSession> {
    return NetconfSession.open(await this.dial(), {
      runtime: realRuntime,
      timeout: 10_000,
      longest: 1_000_000,
      longWork: new LongWork(realRuntime),
      name: 'test',
      notification: () => undefined,
      leftOut: () => {},
      closed: () => {},
    })
  }

  /** The server of OpenSSH serves a connection that the device has opened. */
  async callHome(port: number): Promise<void> {
    // The subsystem looks at the port of the server, which this connection does not have.
    const wrapper = this.#path('subsystem')
    const place = `127.0.0.1 1 127.0.0.1 ${this.port}`
    writeFileSync(wrapper, `#!/bin/sh\nSSH_CONNECTION='${place}' exec ${this.#subsystem}\n`, { mode: 0o755 })
    writeFileSync(this.#path('home.conf'), `${this.#sshdLines(wrapper).join('\n')}\n`)
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    this.#callers.push(
      spawn(requireTool('sshd'), ['-i', '-f', this.#path('home.conf')], {
        stdio: [socket, socket, 'ignore'],
      }),
    )
    socket.destroy()
  }

  /** Ends the connections that it has opened. */
  async hangUp(): Promise<void> {
    await Promise.all(this.#callers.splice(0).map(end))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp()
    await this.kill()
    await end(this.#sshd)
  }

  get #subsystem(): string {
    return `${SUBSYSTEM} --ncxserver-sockname=${this.port}@${this.#path('ncx.sock')}`
  }

  #sshdLines(subsystem: string): string[] {
    return [
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${this.#path('host')}`,
      `PidFile ${this.#path('sshd.pid')}`,
      `AuthorizedKeysFile ${this.#path('authorized')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'MaxStartups 1000',
      `Subsystem netconf "${subsystem}"`,
    ]
  }

  async #runSshd(): Promise<void> {
    writeFileSync(this.#path('sshd.conf'), `${this.#sshdLines(this.#subsystem).join('\n')}\n`)
    // The service makes this folder, and does not run here.
    mkdirSync('/run/sshd', { recursive: true })
    this.#sshd = spawn(requireTool('sshd'), ['-D', '-e', '-f', this.#path('sshd.conf')], { stdio: 'ignore' })
    await until(() => accepts(this.port))
  }

  #path(name: string): string {
    return join(this.folder, name)
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || isOver(child)) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  return vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error('not yet')
    },
    { timeout: 30_000, interval: 20 },
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
