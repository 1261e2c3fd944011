import { expect, it } from 'vitest'
import type { Notification } from '../../../src/protocols/sctp/index.js'
import { Associations, type PeerPath } from '../../../src/sources/sctp/associations.js'

type Note = Notification<'linux'>
type AddressState = Extract<Note, { spc_state: number }>['spc_state']

const path = (host: string, primary = false): PeerPath => ({ host, port: 5, state: 'active', primary })

const change = (id: number, state: number, cause?: string) =>
  ({
    sn_type: 0x8001,
    sac_flags: 0,
    sac_state: state,
    sac_error: cause ? 3072 : 0,
    sac_outbound_streams: 7,
    sac_inbound_streams: 10,
    sac_assoc_id: id,
    ...(cause && { sac_cause: { code: 12, name: cause } }),
  }) as Note

const address = (host: string, spc_state: AddressState): Note => ({
  sn_type: 0x8002,
  spc_flags: 0,
  spc_aaddr: [host, 5],
  spc_state,
  spc_error: 0,
  spc_assoc_id: 3,
})

function table() {
  let now = 0
  const associations = new Associations()
  associations.now = () => ++now
  const observe = (note: Note) => associations.observe(note, () => [path('10.0.0.1', true), path('10.0.0.2')])
  return { associations, observe }
}

it('an association is listed from its start on, and after its end with the last error', () => {
  const { associations, observe } = table()
  observe(change(3, 0))
  expect(associations.list()).toMatchObject([
    { association: 3, state: 'up', outboundStreams: 7, inboundStreams: 10, restarts: 0, messages: 0 },
  ])
  associations.message(3, 100, false)
  associations.message(3, 50, true)
  observe(change(3, 2))
  expect(associations.list()).toMatchObject([{ state: 'up', restarts: 1, messages: 1, bytes: 150 }])
  observe({ sn_type: 0x8005, sse_flags: 0, sse_assoc_id: 3 })
  expect(associations.list()).toMatchObject([{ state: 'shutting-down' }])
  observe(change(3, 1, 'User-Initiated Abort'))
  expect(associations.alive).toBe(0)
  expect(associations.list()).toMatchObject([
    { association: 3, state: 'lost', lastError: 'User-Initiated Abort' },
  ])
})

it('the addresses of the peer follow the notifications of the kernel', () => {
  const { associations, observe } = table()
  const states = () =>
    associations.list()[0].peers.map(({ host, state, primary }) => `${host} ${state}${primary ? '*' : ''}`)
  observe(change(3, 0))
  observe(address('10.0.0.1', 1))
  expect(states()).toEqual(['10.0.0.1 unreachable*', '10.0.0.2 active'])
  expect(associations.list()[0].lastError).toBe('10.0.0.1 is unreachable: SCTP_FAILED_THRESHOLD')
  observe(address('10.0.0.2', 4))
  observe(address('10.0.0.3', 3))
  observe(address('10.0.0.3', 6))
  observe(address('10.0.0.1', 2))
  expect(states()).toEqual(['10.0.0.2 active*', '10.0.0.3 potentially-failed'])
})

it('an association that never came up is listed as refused', () => {
  const { associations, observe } = table()
  observe(change(0, 4))
  expect(associations.list()).toMatchObject([{ association: 0, state: 'refused', outboundStreams: 0 }])
})

it('the table is limited, and counts the associations that it leaves out', () => {
  const { associations, observe } = table()
  for (let id = 1; id <= 5000; id++) observe(change(id, 0))
  expect(associations.alive).toBe(4096)
  expect(associations.unlisted).toBe(5000 - 4096)
  for (let id = 1; id <= 5000; id++) observe(change(id, 3))
  expect(associations.alive).toBe(0)
  expect(associations.list()).toHaveLength(64)
  expect(associations.list()[0].association).toBe(5000)
})
