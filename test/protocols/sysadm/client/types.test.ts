import { expectTypeOf, it } from 'vitest'
import type {
  connectSysadm,
  JobStep,
  SysadmClient,
  SysadmEvent,
  SysadmPriority,
  SysadmStatus,
} from '../../../../src/protocols/sysadm/client/index.js'

declare const client: SysadmClient

it('an event has the fields of its class', () => {
  const read = (event: SysadmEvent) => {
    if (event.class === 'dispatcher') expectTypeOf(event.output).toEqualTypeOf<Record<string, string>>()
    if (event.class === 'life-preserver') expectTypeOf(event.message).toBeString()
    if (event.class === 'system-state') {
      expectTypeOf(event.priority).toEqualTypeOf<SysadmPriority | undefined>()
      expectTypeOf(event.pools.tank.health).toBeString()
    }
    if (event.class === 'bridge') expectTypeOf(event.connections).toEqualTypeOf<string[]>()
    if (event.class === 'tocsin') expectTypeOf(event.data).toBeUnknown()
    if (event.class === 'gap') expectTypeOf(event.lost).toEqualTypeOf<number | undefined>()
    // @ts-expect-error only after the class is known
    void event.job
  }
  expectTypeOf(read).returns.toBeVoid()
})

it('a step of a job, and a state of the connection, have the fields of their kind', () => {
  const read = (step: JobStep, status: SysadmStatus) => {
    if (step.kind === 'output') expectTypeOf(step.text).toBeString()
    if (step.kind === 'ended') expectTypeOf(step.returnCodes).toEqualTypeOf<Record<string, number>>()
    if (status.status === 'reconnecting') expectTypeOf(status.reason).toBeString()
  }
  expectTypeOf(read).returns.toBeVoid()
})

it('clients and loops can be disposed of', () => {
  type Events = Awaited<ReturnType<SysadmClient['subscribe']>>
  expectTypeOf<SysadmClient>().toExtend<AsyncDisposable>()
  expectTypeOf<Events>().toExtend<AsyncDisposable & AsyncIterable<SysadmEvent>>()
  expectTypeOf<ReturnType<SysadmClient['runJob']>>().toExtend<AsyncIterable<JobStep>>()
})

it('wrong arguments are compile errors', () => {
  const wrong = (connect: typeof connectSysadm) => {
    // @ts-expect-error there is no such class
    void client.subscribe(['zfs'])
    // @ts-expect-error a login is by password, token or key
    void connect({ url: 'wss://nas1.example', login: { username: 'root' } })
    // @ts-expect-error there is no such log
    void client.logs({ logs: ['kernel'] })
  }
  expectTypeOf(wrong).returns.toBeVoid()
})
