import { z } from 'zod'
import { fun, jid, type SaltType, saltEvent } from './salt-event.js'

const saltRunNew = () =>
  saltEvent({
    jid: jid(),
    fun: z.string().meta({ description: '`runner.<module>.<function>`' }),
    fun_args: z.array(z.unknown()).optional(),
    user: z.string().optional(),
  })
export type SaltRunNew = z.infer<ReturnType<typeof saltRunNew>>

const saltRunRet = () =>
  saltEvent({
    ...saltRunNew().shape,
    return: z.unknown(),
    success: z.boolean(),
    retcode: z.int().optional(),
  })
export type SaltRunRet = z.infer<ReturnType<typeof saltRunRet>>

const saltRunProgress = () =>
  saltEvent({
    data: z.unknown().optional(),
    message: z.unknown().optional(),
    outputter: z.string().nullish(),
  })
export type SaltRunProgress = z.infer<ReturnType<typeof saltRunProgress>>

const saltRunArgs = () =>
  saltEvent({
    name: z.string(),
    type: z.string(),
    tgt: z.unknown(),
    args: z.unknown().optional(),
  })
export type SaltRunArgs = z.infer<ReturnType<typeof saltRunArgs>>

const saltWheelNew = () =>
  saltEvent({
    jid: jid(),
    fun: fun().meta({ description: '`wheel.<module>.<function>`' }),
    tag: z.string().optional(),
    user: z.string().optional(),
  })
export type SaltWheelNew = z.infer<ReturnType<typeof saltWheelNew>>

const saltWheelRet = () =>
  saltEvent({
    ...saltWheelNew().shape,
    return: z.unknown().optional(),
    success: z.boolean().optional(),
  })
export type SaltWheelRet = z.infer<ReturnType<typeof saltWheelRet>>

/** Jobs that run on the master itself: runners and wheel functions. */
export const masterJobTypes: readonly SaltType[] = [
  {
    type: 'salt.run.new',
    tags: ['salt/run/*/new'],
    summary: 'A runner was started on the master.',
    display: '{fun}[ {fun_args}][ by {user}]',
    schema: saltRunNew,
    correlation: ['data.jid'],
  },
  {
    type: 'salt.run.ret',
    tags: ['salt/run/*/ret'],
    summary: 'A runner ended.',
    display: '[failed with {retcode|nonzero}: ]{fun}[ {fun_args}][: {return|states}]',
    schema: saltRunRet,
    correlation: ['data.jid'],
  },
  {
    type: 'salt.run.progress',
    tags: ['salt/run/*/progress'],
    summary: 'A runner reported its progress.',
    schema: saltRunProgress,
  },
  {
    type: 'salt.run.args',
    tags: ['salt/run/*/args'],
    summary: 'An orchestration runs a step.',
    display: '{type} {name} on {tgt}',
    schema: saltRunArgs,
    correlation: ['data.name'],
  },
  {
    type: 'salt.wheel.new',
    tags: ['salt/wheel/*/new'],
    summary: 'A wheel function was started on the master.',
    display: '{fun}[ by {user}]',
    schema: saltWheelNew,
    correlation: ['data.jid'],
  },
  {
    type: 'salt.wheel.ret',
    tags: ['salt/wheel/*/ret'],
    summary: 'A wheel function ended.',
    display: '{fun}[ by {user}][: {return}]',
    schema: saltWheelRet,
    correlation: ['data.jid'],
  },
]

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'salt.run.new': SaltRunNew
    'salt.run.ret': SaltRunRet
    'salt.run.progress': SaltRunProgress
    'salt.run.args': SaltRunArgs
    'salt.wheel.new': SaltWheelNew
    'salt.wheel.ret': SaltWheelRet
  }
}
