import { expect, it } from 'vitest'
import { startTestHub } from '../../src/hub/testing.js'

it('refuses more filters than one subscriber may name', async () => {
  await using hub = await startTestHub({ config: { limits: { filtersPerSubscriber: 2 } } })
  const client = await hub.connect()
  const read = async (filters: string[]) => {
    for await (const _ of client.read(filters).events());
  }
  await expect(read(['a/', 'b/'])).resolves.toBeUndefined()
  await expect(read(['a/', 'b/', 'c/'])).rejects.toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
  await client.close()
})
