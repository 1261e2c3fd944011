import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { z } from 'zod'
import { otlpSourcesConfig } from '../../../src/sources/otlp/config.js'
import { otlpSource } from '../../../src/sources/otlp/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { type HttpFixture, startHttpFixture } from '../../faces/http/fixture.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

type Config = Omit<z.input<typeof otlpSourcesConfig>[number], 'name' | 'bearerFile'>

export const TOKEN = 'sesame'

/** A source `otlp/t` that is reached over real HTTP. */
export class OtlpHarness {
  readonly host = new FakeHost(realRuntime)
  http!: HttpFixture
  runner!: SourceRunner

  async start(config: Config = {}): Promise<void> {
    const bearerFile = join(temporaryFolder('otlp'), 'token')
    writeFileSync(bearerFile, `${TOKEN}\n`, { mode: 0o600 })
    this.http = await startHttpFixture({ server: { hooks: this.host.hooks } })
    const [parsed] = otlpSourcesConfig.parse([{ name: 't', bearerFile, ...config }])
    this.runner = new SourceRunner(otlpSource(parsed), this.host)
    this.runner.start()
    await expect.poll(() => this.runner.status().state).toBe('up')
  }

  async close(): Promise<void> {
    await this.runner?.stop()
    await this.http?.close()
  }

  /** The address for exporters, which they take as it is. */
  url(kind = 'logs'): string {
    return `${this.http.url}/v1/otlp/t/v1/${kind}`
  }

  post(body: unknown, headers: Record<string, string> = {}, kind = 'logs'): Promise<Response> {
    const bytes = body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body)
    const all = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers }
    return fetch(this.url(kind), { method: 'POST', body: bytes, headers: all })
  }

  /** The events of the source. */
  get events() {
    return this.host.events
      .filter(({ tag }) => tag.startsWith('otlp/t/'))
      .map(({ tag, data, attributes }) => ({
        tag: tag.slice('otlp/t/'.length),
        data: data as Record<string, unknown>,
        attributes,
      }))
  }
}

/** A request of logs with these records. */
export function logs(...logRecords: object[]): object {
  return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }
}
