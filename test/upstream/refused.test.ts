import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { EdgeHub } from './fixture.js'

const tcp = { listen: { tcp: '127.0.0.1:0' } }

/** A core that edge hubs reach with tokens, and a file with such a token. */
class Core implements AsyncDisposable {
  readonly folder = temporaryFolder('core')
  readonly tokenFile = join(this.folder, 'token')
  edge!: EdgeHub

  static async start(
    rights: Record<string, unknown> = { publish: '*', source: 'host/edge1' },
  ): Promise<Core> {
    const core = new Core()
    core.edge = await EdgeHub.start({ config: tcp })
    const { token } = await core.edge.client.request<{ token: string }>('tokens.add', {
      name: 'edge1',
      rights,
    })
    writeFileSync(core.tokenFile, token)
    return core
  }

  get server(): string {
    const { address } = this.edge.hub.hub.listeners.find(({ address }) => address.startsWith('tcp'))!
    return address
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.edge[Symbol.asyncDispose]()
  }
}

describe('an edge hub with a token', () => {
  it('reports events that it may not publish there as lost, and forwards all others', async () => {
    await using core = await Core.start()
    await using edge = await EdgeHub.start()
    edge.forward({ servers: [core.server], tokenFile: core.tokenFile })
    const publish = (tag: string, n: number, source: string) =>
      edge.client.publish(tag, { n }, { source, ack: 'durable' })
    await publish('demo/1', 1, 'host/edge1/app')
    await publish('demo/2', 2, 'host/other')
    await publish('demo/3', 3, 'host/edge1')
    await publish('demo/4', 4, 'host/other')
    await edge.until(() => edge.data('hub/gap/upstream/core').length > 0)
    expect(core.edge.numbers).toEqual([1, 3])
    expect(edge.data('hub/gap/upstream/core')).toEqual([
      expect.objectContaining({ count: 2, reason: expect.stringContaining('TCN_ORIGIN_FOREIGN') }),
    ])
    await edge.until(() => edge.hub.hub.sources[0].status().health?.details.waiting === 0)
  })

  it('says so once if the token is wrong', async () => {
    await using core = await Core.start()
    await using edge = await EdgeHub.start()
    const wrong = join(core.folder, 'wrong')
    writeFileSync(wrong, 'tcn_wrong')
    edge.forward({ servers: [core.server], tokenFile: wrong })
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_ACCESS_TOKEN' })
    const [status] = edge.hub.hub.sources.map((source) => source.status())
    expect(status.health).toMatchObject({ state: 'degraded', details: { code: 'TCN_ACCESS_TOKEN' } })
  })

  it('without the right to publish is no edge hub, and reports nothing there', async () => {
    await using core = await Core.start({ see: '*' })
    await using edge = await EdgeHub.start()
    edge.forward({ servers: [core.server], tokenFile: core.tokenFile })
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_ACCESS_DENIED' })
    expect(core.edge.events.filter(({ tag }) => tag.startsWith('hub/edge/'))).toEqual([])
  })

  it('reports a missing file of the token', async () => {
    await using core = await Core.start()
    await using edge = await EdgeHub.start()
    edge.forward({ servers: [core.server], tokenFile: join(core.folder, 'none') })
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_FILE_UNREADABLE' })
  })
})
