import { z } from 'zod'
import { alwaysSevere } from '../../../types/derivation.js'
import { fun, id, ids, jid, type SaltType, saltEvent } from './salt-event.js'

/** A job with several functions has a map from function to value, or a list in the order of the functions. */
function ofEach<Value extends z.ZodType>(value: Value) {
  return z.union([value, z.record(z.string(), value), z.array(value)])
}

const target = { tgt: z.unknown(), tgt_type: z.string() }

const saltJobAnnounced = () => saltEvent({ minions: ids() })
export type SaltJobAnnounced = z.infer<ReturnType<typeof saltJobAnnounced>>

const saltJobNew = () =>
  saltEvent({
    jid: jid(),
    ...target,
    fun: fun(),
    arg: z.array(z.unknown()),
    minions: ids().meta({ description: 'Minions that are expected to answer.' }),
    missing: ids().optional(),
    user: z.string().optional(),
  })
export type SaltJobNew = z.infer<ReturnType<typeof saltJobNew>>

const saltJobRet = () =>
  saltEvent({
    cmd: z.string().optional(),
    id: id(),
    jid: jid(),
    fun: fun(),
    fun_args: z.array(z.unknown()).optional(),
    return: z.unknown(),
    retcode: ofEach(z.int()).meta({ description: '0 on success.' }),
    success: ofEach(z.boolean()).optional(),
    user: z.string().optional(),
    out: z.string().optional(),
    schedule: z.string().optional(),
    metadata: z.unknown().optional(),
    tgt: z.unknown().optional(),
    tgt_type: z.string().optional(),
    arg: z.unknown().optional(),
  })
export type SaltJobRet = z.infer<ReturnType<typeof saltJobRet>>

const saltJobProg = () =>
  saltEvent({
    id: id(),
    tag: z.string().optional(),
    cmd: z.string().optional(),
    data: z.looseObject({
      ret: z.unknown().optional().meta({ description: 'The completed state.' }),
      len: z.int().optional().meta({ description: 'Number of states.' }),
      return: z.unknown().optional().meta({ description: 'Value from a generator function.' }),
    }),
  })
export type SaltJobProg = z.infer<ReturnType<typeof saltJobProg>>

const saltStateResult = () =>
  saltEvent({
    id: id().optional(),
    data: z.looseObject({ ret: z.unknown() }),
  })
export type SaltStateResult = z.infer<ReturnType<typeof saltStateResult>>

const saltJobStateFailed = () =>
  saltEvent({
    jid: jid(),
    id: id(),
    success: z.boolean(),
    return: z.string(),
    fun: fun(),
    retcode: z.int(),
    user: z.string().optional(),
  })
export type SaltJobStateFailed = z.infer<ReturnType<typeof saltJobStateFailed>>

const saltJobError = () =>
  saltEvent({
    jid: jid().optional(),
    error: z.looseObject({ name: z.string(), message: z.string() }),
  })
export type SaltJobError = z.infer<ReturnType<typeof saltJobError>>

const saltJobPublish = () => saltEvent({ jid: jid(), __peer_id: z.string().optional() })
export type SaltJobPublish = z.infer<ReturnType<typeof saltJobPublish>>

/** Jobs of minions, from publishing to return. */
export const jobTypes: readonly SaltType[] = [
  {
    type: 'salt.job.announced',
    tags: ['####################', '####################_*'],
    summary:
      'A job was published: the older event in addition to `salt.job.new`, with the job id as its tag.',
    display: 'for {minions}',
    schema: saltJobAnnounced,
  },
  {
    type: 'salt.job.new',
    tags: ['salt/job/*/new'],
    summary: 'A job was published to minions.',
    display: '{fun}[ {arg}] on {tgt}[ by {user}]',
    schema: saltJobNew,
    correlation: ['data.jid'],
  },
  {
    type: 'salt.job.ret',
    tags: ['salt/job/*/ret/*'],
    summary: 'A minion returned the result of a job.',
    display: '{id} [failed with {retcode|nonzero}: ]{fun}[ {fun_args}][: {return|states}]',
    schema: saltJobRet,
    correlation: ['data.jid', 'data.id'],
  },
  {
    type: 'salt.job.prog',
    tags: ['salt/job/*/prog/*/*'],
    summary: 'A minion completed one state, or one item, of a job.',
    display: '{id}[ {data.ret.__id__}][: {data.ret.comment}]',
    schema: saltJobProg,
    correlation: ['data.id'],
  },
  {
    type: 'salt.state_result',
    tags: ['salt/state_result/*/*/**'],
    summary: 'A state with `fire_event` completed.',
    display: '[{id} ][{data.ret.__id__}][: {data.ret.comment}]',
    schema: saltStateResult,
    correlation: ['data.id'],
  },
  {
    type: 'salt.job.state_failed',
    tags: ['salt/job/*/sub/*/error/**'],
    severity: alwaysSevere('err'),
    summary: 'A state of a highstate or of an SLS failed.',
    display: '{id} {fun} retcode {retcode}: {return|states}',
    schema: saltJobStateFailed,
    correlation: ['data.jid', 'data.id'],
  },
  {
    type: 'salt.job.error',
    tags: ['salt/job/*/error'],
    severity: alwaysSevere('err'),
    summary: 'A job was refused to its publisher.',
    display: '{error.name}: {error.message}',
    schema: saltJobError,
    correlation: ['data.jid'],
  },
  {
    type: 'salt.job.publish',
    tags: ['salt/job/*/publish'],
    summary: 'A job was forwarded to the other masters of a cluster.',
    display: '{jid}[ to {__peer_id}]',
    schema: saltJobPublish,
    correlation: ['data.jid'],
  },
]

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'salt.job.announced': SaltJobAnnounced
    'salt.job.new': SaltJobNew
    'salt.job.ret': SaltJobRet
    'salt.job.prog': SaltJobProg
    'salt.state_result': SaltStateResult
    'salt.job.state_failed': SaltJobStateFailed
    'salt.job.error': SaltJobError
    'salt.job.publish': SaltJobPublish
  }
}
