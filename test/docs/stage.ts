import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { type Ended, main, Running } from '../e2e/hub-process.js'
import { type Block, root } from './page.js'

/**
 * What a reader of the documentation has: a hub with the events of this host, and a second terminal. The
 * folders of the user are temporary ones.
 */
export class Stage implements AsyncDisposable {
  readonly #hub: Running
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  /** Where this hub listens, since another may have the usual ports. */
  readonly #ports: Ports

  private constructor(hub: Running, folder: string, environment: NodeJS.ProcessEnv, ports: Ports) {
    this.#hub = hub
    this.#folder = folder
    this.#environment = environment
    this.#ports = ports
  }

  /** Installed, there is a `tocsin` on the PATH; else the hub is started as `npm start` starts it. */
  static async open({ installed, config = '' }: { installed: boolean; config?: string }): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-docs-'))
    const environment = environmentIn(folder)
    const file = join(folder, 'hub.yaml')
    const [http, saltApi, saltPub, saltPull] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ])
    const ports: Ports = { http, saltApi, saltPub, saltPull }
    writeFileSync(file, withPorts(config.replaceAll(SALT_SOCKETS, join(folder, 'salt')), ports))
    if (installed) symlinkSync(main, join(folder, 'bin/tocsin'))
    const serve = installed
      ? [main, 'serve', ...(config === '' ? [] : ['--config', file])]
      : [join(root, 'scripts/start.mjs'), '--data', join(folder, 'data')]
    const hub = new Running(process.execPath, [...serve, '--http', `127.0.0.1:${ports.http}`], {
      cwd: root,
      env: environment,
    })
    const stage = new Stage(hub, folder, environment, ports)
    try {
      await hub.says('is ready')
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
    return stage
  }

  /** The folder that commands run in, unless they name another. */
  get folder(): string {
    return join(this.#folder, 'work')
  }

  /** What the hub said when it started. */
  get announced(): string {
    return this.#hub.stderr
  }

  /** Runs the commands of a block; the first that fails ends it. What a block exports, the next ones have. */
  sh({ text }: Block, cwd = this.folder): Promise<Ended> {
    const exported = join(this.#folder, 'exported')
    const commands = [
      `[ ! -e ${exported} ] || . ${exported}`,
      `trap 'export -p > ${exported}' EXIT`,
      withPorts(text, this.#ports),
    ]
    return this.#run('bash', ['-e', '-o', 'pipefail', '-c', commands.join('\n')], cwd)
  }

  node(file: string): Promise<Ended> {
    return this.#run(process.execPath, [file], this.folder)
  }

  /** A program of the page, for the ports of this hub. */
  placed(text: string): string {
    return withPorts(text, this.#ports)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.signal('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #run(command: string, args: string[], cwd: string): Promise<Ended> {
    const running = new Running(command, args, { cwd, env: this.#environment })
    running.child.stdin!.end()
    return running.ended
  }
}

/** Where Salt has its sockets; that folder is not ours. */
const SALT_SOCKETS = '/var/run/salt'

interface Ports {
  http: number
  saltApi: number
  /** Of a Salt minion by TCP. */
  saltPub: number
  saltPull: number
}

/** In place of the usual ones, as the pages name them. */
function withPorts(text: string, { http, saltApi, saltPub, saltPull }: Ports): string {
  return text
    .replaceAll(':4580', `:${http}`)
    .replaceAll(':8000', `:${saltApi}`)
    .replaceAll('pub: 4510, pull: 4511', `pub: ${saltPub}, pull: ${saltPull}`)
    .replaceAll("ipc_mode: 'tcp'", `ipc_mode: 'tcp', tcp_pub_port: ${saltPub}, tcp_pull_port: ${saltPull}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function environmentIn(folder: string): NodeJS.ProcessEnv {
  for (const name of ['bin', 'work', 'home']) mkdirSync(join(folder, name))
  mkdirSync(join(folder, 'run'), { mode: 0o700 })
  const salt = join(folder, 'salt')
  for (const daemon of ['master', 'minion']) {
    mkdirSync(join(salt, daemon), { recursive: true })
    writeFileSync(
      join(salt, `${daemon}.conf`),
      `sock_dir: ${join(salt, daemon)}\ncachedir: ${salt}/cache-of-${daemon}\nid: web1\n`,
    )
  }
  const { PATH = '', LANG, TMPDIR } = process.env
  return {
    // npm and this Node, whatever else is installed.
    PATH: [join(folder, 'bin'), dirname(process.execPath), PATH].join(delimiter),
    LANG,
    TMPDIR,
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    // In place of /etc/salt/master and /etc/salt/minion.
    SALT_MASTER_CONFIG: join(salt, 'master.conf'),
    SALT_MINION_CONFIG: join(salt, 'minion.conf'),
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
  }
}
