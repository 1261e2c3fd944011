import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** Debian keeps the programs of each version apart. */
function programs(): string {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort() : []
  const newest = versions.at(-1)
  if (newest === undefined) throw new Error('PostgreSQL is missing: scripts/setup-tests.sh installs it')
  return `/usr/lib/postgresql/${newest}/bin`
}

/** The server refuses to run as root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/**
 * A genuine database server with a folder of its own and a certificate. Everybody may log in, but `tocsin` needs its
 * password.
 */
export class Database implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #user = serverUser()
  #server: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  static async start(): Promise<Database> {
    const outer = temporaryFolder('postgresql')
    chmodSync(outer, 0o755)
    const folder = join(outer, 'server')
    mkdirSync(folder)
    const database = new Database(await freePort(), folder)
    if (database.#user !== undefined) chownSync(folder, database.#user.uid, database.#user.gid)
    const words = ['-D', join(folder, 'data'), '-A', 'trust', '-N', '-U', 'postgres', '-E', 'UTF8']
    execFileSync(join(programs(), 'initdb'), words, { ...database.#user, cwd: folder, stdio: 'ignore' })
    database.#configure()
    await database.run()
    return database
  }

  /** The file of its certificate. */
  get certificate(): string {
    return join(this.#folder, 'data/server.crt')
  }

  #configure(): void {
    const data = join(this.#folder, 'data')
    const access = join(data, 'pg_hba.conf')
    const rules = readFileSync(access, 'utf8')
    writeFileSync(access, `host all tocsin 127.0.0.1/32 scram-sha-256\n${rules}`)
    const names = `-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout ${data}/server.key`
    const form = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
    execFileSync('openssl', `${form} ${names} -out ${this.certificate}`.split(' '), { stdio: 'ignore' })
    chmodSync(join(data, 'server.key'), 0o600)
    if (this.#user === undefined) return
    for (const file of ['server.key', 'server.crt'])
      chownSync(join(data, file), this.#user.uid, this.#user.gid)
  }

  async run(): Promise<void> {
    const words = ['-D', join(this.#folder, 'data'), '-p', String(this.port), '-k', this.#folder]
    const options = { ...this.#user, cwd: this.#folder, stdio: 'ignore' as const }
    this.#server = spawn(
      join(programs(), 'postgres'),
      [...words, '-c', 'shared_buffers=16MB', '-c', 'ssl=on'],
      options,
    )
    await once(this.#server, 'spawn')
    for (;;) {
      const isReady = await this.query('SELECT 1').then(
        () => true,
        () => false,
      )
      if (isReady) return
      await new Promise((again) => setTimeout(again, 50))
    }
  }

  /** Ends all of its processes at once: those of connections as well. */
  async kill(): Promise<void> {
    const server = this.#server
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
    const all = [server.pid, ...childrenOf(server.pid)]
    for (const pid of all) tryToKill(pid)
    await once(server, 'exit')
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows have the columns that the test asks for.
  async query(sql: string): Promise<any[]> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port,
      user: 'postgres',
      database: 'postgres',
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}
