import { WebSocket } from 'ws'
import { until } from './clock.js'

/** Speaks with the DevTools of a Node process that was started with `--inspect`, or of Chromium. */
export class Inspector {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (result: never) => void>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (text) => {
      const { id, result } = JSON.parse(String(text))
      this.#waiting.get(id)?.(result as never)
      this.#waiting.delete(id)
    })
  }

  /** @param of the first page of Chromium or the process of Node, or Chromium as a whole */
  static async open(port: number, of: 'page' | 'browser' = 'page'): Promise<Inspector> {
    const path = of === 'browser' ? '/json/version' : '/json/list'
    const url = await until('the inspector listens', () => socketUrl(port, path))
    const socket = new WebSocket(url)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return new Inspector(socket)
  }

  async collectGarbage(): Promise<void> {
    await this.call('HeapProfiler.collectGarbage')
  }

  /** Bytes of objects, and of the buffers that belong to them. */
  async heap(): Promise<{ heapUsed: number; external: number }> {
    const { result } = await this.call<{ result: { value: string } }>('Runtime.evaluate', {
      expression: 'JSON.stringify(process.memoryUsage())',
    })
    return JSON.parse(result.value)
  }

  close(): void {
    this.#socket.close()
  }

  call<Result>(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#lastId
    this.#socket.send(JSON.stringify({ id, method, params }))
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }
}

async function socketUrl(port: number, path: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    const [target] = [await response.json()].flat() as { webSocketDebuggerUrl: string }[]
    return target?.webSocketDebuggerUrl
  } catch {
    return undefined
  }
}
