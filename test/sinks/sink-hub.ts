import { expect, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../src/hub/testing.js'
import type { SinkInfo } from '../../src/methods/contract/index.js'

type SinkSettings = NonNullable<NonNullable<TestHubOptions['config']>['sinks']>

/** A hub with sinks and short pauses, in this process. */
export class SinkHub implements AsyncDisposable {
  readonly test: TestHub

  private constructor(test: TestHub) {
    this.test = test
  }

  static async start(sinks: SinkSettings, options: TestHubOptions = {}): Promise<SinkHub> {
    const test = await startTestHub({ ...options, config: { ...options.config, sinks } })
    const hub = new SinkHub(test)
    await hub.until((all) => all.every(({ state }) => state !== 'starting' && state !== 'stopped'))
    return hub
  }

  async publish(...tags: string[]): Promise<void> {
    await using client = await connect({ address: this.test.address })
    for (const tag of tags) await client.publish(tag, { tag })
  }

  async request<Result>(method: string, params: Record<string, unknown> = {}): Promise<Result> {
    await using client = await connect({ address: this.test.address })
    return (await client.request<unknown>(method, params)) as Result
  }

  async sinks(): Promise<SinkInfo[]> {
    return (await this.request<{ sinks: SinkInfo[] }>('sinks.list')).sinks
  }

  /** Resolves when the sinks are as expected. */
  until(condition: (sinks: SinkInfo[]) => boolean): Promise<SinkInfo[]> {
    return sinksWhen(() => this.sinks(), condition)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test.close()
  }
}

export const QUICK = { pause: '100ms', maxPause: '100ms' }

/** Resolves with the sinks when they are as expected. */
export function sinksWhen(
  list: () => Promise<SinkInfo[]>,
  condition: (sinks: SinkInfo[]) => boolean,
): Promise<SinkInfo[]> {
  return vi.waitFor(
    async () => {
      const sinks = await list()
      expect(sinks).toSatisfy(condition)
      return sinks
    },
    { interval: 5 },
  )
}
