import { HubProcess, type HubProcessOptions } from '../../e2e/hub-process.js'

export interface HttpHub extends AsyncDisposable {
  hub: HubProcess
  port: number
  token: string
  fetch(path: string, init?: RequestInit): Promise<Response>
}

/** Starts the built hub with HTTP on a free port, and a token with all rights over events. */
export async function startHttpHub(options: HubProcessOptions = {}): Promise<HttpHub> {
  const hub = await HubProcess.start({ ...options, args: ['--http', '127.0.0.1:0', ...(options.args ?? [])] })
  const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(hub.stderr)?.[1])
  const made = await hub.tocsin([
    'token',
    'add',
    `t${process.pid}-${Date.now()}`,
    '--see',
    '*',
    '--publish',
    '*',
  ])
  const token = /tcn_\S+/.exec(made.stdout)?.[0] ?? ''
  return {
    hub,
    port,
    token,
    fetch: (path, init = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...init.headers },
      }),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  }
}
