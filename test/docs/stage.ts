import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { type Ended, main, Running } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { type Block, root } from './page.js'

/**
 * The environment of a reader of the documentation: a hub with the events of this host, and a second terminal. The
 * user's folders are temporary.
 */
export class Stage implements AsyncDisposable {
  readonly #hub: Running
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  /** Ports of this hub, since another hub may use the usual ones. */
  readonly #ports: Ports

  private constructor(hub: Running, folder: string, environment: NodeJS.ProcessEnv, ports: Ports) {
    this.#hub = hub
    this.#folder = folder
    this.#environment = environment
    this.#ports = ports
  }

  /** Starts a hub: with `installed`, `tocsin` is on the PATH; otherwise it is started like by `npm start`. */
  static async open({ installed, config = '' }: { installed: boolean; config?: string }): Promise<Stage> {
    const folder = temporaryFolder('docs')
    const environment = environmentIn(folder)
    const file = join(folder, 'hub.yaml')
    const [http, saltApi, saltPub, saltPull, sysadm, sysadmRest, sysadmBridge, syslog, receiver] =
      await Promise.all(Array.from({ length: 9 }, freePort))
    const ports: Ports = {
      http,
      saltApi,
      saltPub,
      saltPull,
      sysadm,
      sysadmRest,
      sysadmBridge,
      syslog,
      receiver,
    }
    writeFileSync(file, withPorts(config.replaceAll(SALT_SOCKETS, join(folder, 'salt')), ports))
    if (installed) symlinkSync(join(root, 'bin/tocsin.mjs'), join(folder, 'bin/tocsin'))
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

  /** The working folder of commands, unless they name another. */
  get folder(): string {
    return join(this.#folder, 'work')
  }

  /** Messages of the hub when it started. */
  get announced(): string {
    return this.#hub.stderr
  }

  /** Runs the commands of a block until one fails. Exported variables are kept for the next blocks. */
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

  /** Runs a program in Python, which finds the package of this repository. */
  python({ text }: Block): Promise<Ended> {
    return this.#run(requireTool('python3'), ['-W', 'error', '-c', text], this.folder)
  }

  /** Returns a program of the page with the ports of this hub. */
  placed(text: string): string {
    return withPorts(text, this.#ports)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.signal('SIGTERM')
  }

  #run(command: string, args: string[], cwd: string): Promise<Ended> {
    const running = new Running(command, args, { cwd, env: this.#environment })
    running.child.stdin!.end()
    return running.ended
  }
}

/** Folder of Salt's sockets, which the tests must not use. */
const SALT_SOCKETS = '/var/run/salt'

interface Ports {
  http: number
  saltApi: number
  /** Ports of a Salt minion over TCP. */
  saltPub: number
  saltPull: number
  sysadm: number
  sysadmRest: number
  sysadmBridge: number
  syslog: number
  /** Where a program of the page receives what the hub delivers. */
  receiver: number
}

/** Replaces the usual ports, as named by the pages. */
function withPorts(
  text: string,
  { http, saltApi, saltPub, saltPull, sysadm, sysadmRest, sysadmBridge, syslog, receiver }: Ports,
): string {
  return text
    .replaceAll(':4580', `:${http}`)
    .replaceAll(':8000', `:${saltApi}`)
    .replaceAll(':12150', `:${sysadm}`)
    .replaceAll(':12151', `:${sysadmRest}`)
    .replaceAll(':12149', `:${sysadmBridge}`)
    .replaceAll(/\b5514\b/g, `${syslog}`)
    .replaceAll(/\b9099\b/g, `${receiver}`)
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

/** Makes the folders of a reader below a folder. Commands in its `bin` are found first. */
export function environmentIn(folder: string): NodeJS.ProcessEnv {
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
    // The folders of npm and of this Node, whatever else is installed.
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
    PYTHONPATH: join(root, 'python'),
    PYTHONDONTWRITEBYTECODE: '1',
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
  }
}
