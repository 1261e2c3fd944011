import { expect, it } from 'vitest'
import { saltFrame, startSaltHub } from '../../faces/salt/bus/fixture.js'
import { dial, RawSubscriber, write } from '../../faces/salt/bus/raw-salt.js'
import { Attached } from './attached.js'

it('a source attaches to a bus over TCP, here that of another hub, and fires into it', async () => {
  await using other = await startSaltHub({ sockDir: undefined, tcp: { pub: 0, pull: 0 } })
  const [pub, pull] = other.hub.hub.listeners
    .filter(({ face }) => face === 'salt')
    .map(({ address }) => Number(address.split(':')[2]))
  await using attached = await Attached.start({ name: 'far', tcp: { pub, pull }, fire: ['mine/'] })
  await write(await dial(pull), saltFrame('theirs/1', { n: 1 }))
  await attached.until(() => attached.tags('far').includes('theirs/1'))

  const subscriber = await RawSubscriber.open(pub)
  await attached.publish('mine/1', { n: 2 })
  expect(await subscriber.until(1)).toEqual([
    { tag: 'mine/1', data: { n: 2, _stamp: expect.stringMatching(/^\d{4}-/) } },
  ])
  expect(attached.tags('far')).toEqual(['theirs/1'])
})
