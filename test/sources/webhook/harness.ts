import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { z } from 'zod'
import { SourceRunner } from '../../../src/sources/runner.js'
import { webhookSource, webhookSourcesConfig } from '../../../src/sources/webhook/index.js'
import { type HttpFixture, startHttpFixture } from '../../faces/http/fixture.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

type Config = Omit<z.input<typeof webhookSourcesConfig>[number], 'name'>

/** A source `webhook/t` that is reached over real HTTP. */
export class WebhookHarness {
  readonly folder = temporaryFolder('hook')
  readonly host = new FakeHost(realRuntime)
  http!: HttpFixture
  runner!: SourceRunner

  /** `secret`: for `secretFile`; `token`: for `bearerFile`. */
  async start({ secret, token, ...config }: Config & { secret?: string; token?: string }): Promise<void> {
    this.http = await startHttpFixture({ server: { hooks: this.host.hooks } })
    await this.run({
      ...(secret !== undefined && { secretFile: this.file('secret', secret) }),
      ...(token !== undefined && { bearerFile: this.file('token', token) }),
      ...config,
    })
  }

  async run(config: Config): Promise<void> {
    const [parsed] = webhookSourcesConfig.parse([{ name: 't', ...config }])
    this.runner = new SourceRunner(webhookSource(parsed), this.host)
    this.runner.start()
    await expect.poll(() => this.runner.status().state).toBe('up')
  }

  async close(): Promise<void> {
    await this.runner?.stop()
    await this.http?.close()
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, `${text}\n`, { mode: 0o600 })
    return path
  }

  post(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    name = 't',
  ): Promise<Response> {
    const all = { 'content-type': 'application/json', ...headers }
    return fetch(`${this.http.url}/v1/hook/${name}`, { method: 'POST', body, headers: all })
  }

  /** The status of the answer, and its code if it is a problem. */
  async answer(...request: Parameters<WebhookHarness['post']>): Promise<unknown> {
    const response = await this.post(...request)
    const { code } = (await response.json()) as { code?: string }
    return code === undefined ? response.status : `${response.status} ${code}`
  }

  get events() {
    return this.host.events
      .filter(({ tag }) => tag.startsWith('webhook/t/'))
      .map(({ tag, data }) => ({
        tag: tag.slice('webhook/t/'.length),
        data: data as Record<string, unknown>,
      }))
  }
}
