import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { makeCertificate } from '../certificate.js'

export interface MqttEvent {
  topic: string
  text: string
  retain: boolean
}

/** A genuine broker, mosquitto, with a client that has subscribed to everything. */
export class Broker implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly got: MqttEvent[] = []
  readonly #lines: string[]
  #process: ChildProcess | undefined
  #client: MqttClient | undefined

  private constructor(port: number, folder: string, lines: string[]) {
    this.port = port
    this.folder = folder
    this.#lines = lines
  }

  /** `lines` of its configuration, in addition to the address. */
  static async start(lines: string[] = ['allow_anonymous true']): Promise<Broker> {
    const broker = new Broker(await freePort(), temporaryFolder('mosquitto'), lines)
    await broker.run()
    return broker
  }

  /** Over TLS, with a certificate that is its own authority. */
  static async startSecure(): Promise<{ broker: Broker; ca: string }> {
    const folder = temporaryFolder('mosquitto-tls')
    const { ca, cert, key } = makeCertificate()
    const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
    writeFileSync(certificateFile, cert)
    writeFileSync(keyFile, key)
    // The broker reads them as a user of its own.
    chmodSync(folder, 0o755)
    const lines = ['allow_anonymous true', `keyfile ${keyFile}`, `certfile ${certificateFile}`]
    return { broker: await Broker.start(lines), ca }
  }

  async run(): Promise<void> {
    const file = join(this.folder, 'mosquitto.conf')
    writeFileSync(file, [`listener ${this.port} 127.0.0.1`, ...this.#lines, ''].join('\n'))
    this.#process = spawn('mosquitto', ['-c', file], { stdio: 'ignore' })
    await once(this.#process, 'spawn')
    await accepts(this.port)
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Sees everything from now on. */
  async watch(topic = '#', options: object = {}): Promise<void> {
    this.#client = await connectAsync({ host: '127.0.0.1', port: this.port, protocol: 'mqtt', ...options })
    this.#client.on('message', (topic, payload, { retain }) =>
      this.got.push({ topic, text: payload.toString(), retain }),
    )
    await this.#client.subscribeAsync(topic, { qos: 1 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync(true)
    await this.kill()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connectTcp(port, '127.0.0.1')
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      once(socket, 'error').then(
        () => ['error'],
        () => ['error'],
      ),
    ]).catch(() => ['error'])
    socket.destroy()
    if (event === 'connect') return
    await new Promise((again) => setTimeout(again, 20))
  }
}
