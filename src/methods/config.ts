import { z } from 'zod'
import type { Authorize } from '../bus/principal.js'
import type { ConfigSession } from '../config/commits/candidate.js'
import type { Change } from '../config/commits/changes.js'
import type { ConfigCommits } from '../config/commits/commits.js'
import type { Edit } from '../config/commits/edits.js'
import { parseKey } from '../config/commits/key.js'
import type { ConfigUser } from '../config/commits/observer.js'
import type { ConfigProblem } from '../config/problem.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { KeyPath } from '../event/json/key-path.js'
import type {
  ConfigChange,
  ConfigCommitParams,
  ConfigDiff,
  ConfigEditParams,
  ConfigKey,
  ConfigValues,
  ParamsOf,
  ReloadReport,
} from './contract/index.js'
import { type Call, type Method, method } from './method.js'
import * as results from './results/config.js'

export interface ConfigMethodContext {
  authorize: Authorize
  /** Reads the configuration again. */
  reload(): Promise<ReloadReport>
  /** Throws TCN_CONFIG_ABSENT if the hub has no commits, because it keeps nothing on disk. */
  configuration(): Configuration
}

interface Configuration {
  commits: ConfigCommits<unknown>
  /** When changes of the keys take effect. */
  effectsOf(paths: readonly KeyPath[]): Promise<ConfigChange['effect'][]>
}

const MAX_EDITS = 1000
const MAX_PROBLEMS = 100
const DAY = 86_400e6

const session = z
  .string()
  .regex(/^[^\p{Cc}]{1,128}$/u)
  .optional()
  .describe('Name of the session. Default: the connection, or over HTTP the principal.')
const force = z.boolean().optional().describe('Takes the lock from another session, and drops its candidate.')
const key = z.string().min(1).max(1024)
const text = (most: number, about: string) => z.string().max(most).optional().describe(about)
const committing = {
  session,
  label: text(128, 'A short name for the commit.'),
  comment: text(1024, 'Why it is made.'),
  confirmed: z
    .number()
    .int()
    .min(1e6)
    .max(DAY)
    .optional()
    .describe('Time within which it must be confirmed, µs; otherwise it is reverted.'),
}
const number = z.number().int().min(1).describe('Number of a commit, as `config.history` lists it.')

/** The methods for the configuration: to look, to edit, and to commit. */
export function configMethods(context: ConfigMethodContext): Method[] {
  return [...lookMethods(context), ...editMethods(context), ...commitMethods(context)]
}

function lookMethods({ configuration, authorize }: ConfigMethodContext): Method[] {
  return [
    method({
      name: 'config.get',
      summary: 'Returns the values in force, or those of the candidate.',
      right: 'admin',
      params: z.object({
        key: key.optional().describe('Only this key and those below it.'),
        candidate: z.boolean().optional().describe('The values of the candidate, if there is one.'),
        text: z
          .boolean()
          .optional()
          .describe('With the text of the file; only for the owner, over a unix socket.'),
      }),
      result: results.configValues,
      run: async (call, params) => {
        if (params.text) checkMayReadFile(call, authorize)
        return valuesOf(configuration(), params)
      },
    }),
    method({
      name: 'config.describe',
      summary:
        'Describes a key and those directly below it: what it is for, its values, its default, and who may change it.',
      right: 'admin',
      params: z.object({
        key: key.optional().describe('Default: the keys of the whole file.'),
        type: z
          .string()
          .max(64)
          .optional()
          .describe('Only the keys of this type, if a type tells the forms of the map apart, as of a sink.'),
        deep: z
          .boolean()
          .optional()
          .describe('All keys that have a value of their own, instead of those directly below.'),
      }),
      result: results.describedKeys,
      run: async (_call, params) => {
        const revision = configuration().commits.revision(true)
        return { keys: await described(configuration(), params), revision }
      },
    }),
    method({
      name: 'config.diff',
      summary: 'Returns what the candidate would change, or a rollback.',
      right: 'admin',
      params: z.object({ rollback: number.optional() }),
      result: results.configDiff,
      run: async (_call, { rollback }) => {
        const all = configuration()
        return stateOf(all, rollback === undefined ? undefined : await all.commits.rollbackDiff(rollback))
      },
    }),
    method({
      name: 'config.validate',
      summary: 'Checks the candidate without committing it.',
      notes: 'Without a candidate, it checks what is in force.',
      right: 'admin',
      params: z.object({}),
      result: results.validity,
      run: async () => validity(configuration().commits),
    }),
    method({
      name: 'config.history',
      summary: 'Lists the commits that can be rolled back, the newest first.',
      right: 'admin',
      params: z.object({ limit: z.number().int().min(1).max(1000).default(100).describe('Most commits.') }),
      result: results.history,
      run: async (_call, { limit }) => {
        const all = configuration().commits.history()
        return { commits: all.slice(0, limit), more: all.length > limit }
      },
    }),
  ]
}

function editMethods({ configuration, authorize }: ConfigMethodContext): Method[] {
  const sessionOf = sessionsOf(authorize)
  return [
    method({
      name: 'config.lock',
      summary: 'Makes a candidate, which nobody else can edit.',
      right: 'admin',
      params: z.object({ session, force }),
      result: results.configDiff,
      run: async (call, params) => {
        const all = configuration()
        all.commits.lock(sessionOf(call, params.session), params.force)
        return stateOf(all)
      },
      changes: ({ session, force }) => ({ session, force }),
    }),
    method({
      name: 'config.edit',
      summary: 'Edits the candidate, and returns what it would change.',
      notes: 'Takes the lock if it is free. All edits are made, or none.',
      right: 'admin',
      params: z
        .object({
          session,
          force,
          edits: z
            .array(z.object({ key, value: z.unknown().optional(), delete: z.boolean().optional() }))
            .max(MAX_EDITS)
            .optional()
            .describe(
              'Keys that get a value, or are deleted: `log.retention.age`, `salt[0].bus`, `salt[]` for a new entry at the end.',
            ),
          text: text(2 ** 20, 'The whole file instead.'),
          ifRevision: text(
            64,
            'Only if the candidate, or without one what is in force, still has this revision, and was not edited since it was read.',
          ),
        })
        .meta({ id: 'ConfigEditParams' }),
      result: results.configDiff,
      run: async (call, params) => {
        const all = configuration()
        await all.commits.edit(sessionOf(call, params.session), params.text ?? editsOf(params), params)
        return stateOf(all)
      },
      changes: ({ edits, text, session }) => ({
        session,
        ...(text === undefined ? { keys: edits?.map(({ key }) => key) } : { file: true }),
      }),
    }),
    method({
      name: 'config.discard',
      summary: 'Drops the candidate.',
      notes: 'Releases the lock too.',
      right: 'admin',
      params: z.object({ session, force }),
      result: results.discarded,
      run: async (call, params) => ({
        discarded: configuration().commits.discard(sessionOf(call, params.session), params.force),
      }),
      changes: ({ session, force }, result) => (result?.discarded === false ? undefined : { session, force }),
    }),
  ]
}

function commitMethods({ configuration, reload, authorize }: ConfigMethodContext): Method[] {
  const sessionOf = sessionsOf(authorize)
  return [
    method({
      name: 'config.commit',
      summary: 'Puts the candidate into effect and writes the file.',
      right: 'admin',
      isLong: true,
      params: z.object(committing).meta({ id: 'ConfigCommitParams' }),
      result: results.committed,
      run: (call, { session, ...params }) =>
        configuration().commits.commit(sessionOf(call, session), timesOf(params)),
      changes: (params, result) => ({ ...params, ...shortly(result) }),
    }),
    method({
      name: 'config.rollback',
      summary: 'Undoes a commit and all later ones, as a commit of its own.',
      right: 'admin',
      isLong: true,
      params: z.object({ number, ...committing }),
      result: results.committed,
      run: (call, { number, session, ...params }) =>
        configuration().commits.rollback(sessionOf(call, session), number, timesOf(params)),
      changes: (params, result) => ({ ...params, ...shortly(result) }),
    }),
    method({
      name: 'config.confirm',
      summary: 'Makes the commit final that waits for its confirmation.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      result: results.confirmed,
      run: async (call) => ({ commit: await configuration().commits.confirm(sessionOf(call)) }),
      changes: (_params, result) => ({ number: result?.commit.number }),
    }),
    method({
      name: 'config.abort',
      summary: 'Reverts the commit that waits for its confirmation.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      result: results.committed,
      run: (call) => configuration().commits.abort(sessionOf(call)),
      changes: (_params, result) => ({ ...shortly(result) }),
    }),
    method({
      name: 'config.reload',
      summary: 'Reloads the configuration, and reports what changed and what requires a restart.',
      right: 'admin',
      isLong: true,
      local: true,
      params: z.object({}),
      result: results.reloadReport,
      run: () => reload(),
      changes: (_params, report) => ({ ...report }),
    }),
  ]
}

function shortly(result?: { commit: { number: number; keys: string[] } }): object {
  return result === undefined ? {} : { commit: result.commit.number, keys: result.commit.keys }
}

/** Named sessions last until they commit, discard or time out; a connection also until it closes. */
function sessionsOf(authorize: Authorize): (call: Call, session?: string) => ConfigSession {
  return (call, session) => {
    const { principal, local = false, connection, trace } = call
    const one = { by: userOf(call, session), local, owner: authorize(principal, 'owner'), trace }
    if (session !== undefined) return { ...one, key: `${principal.name}/${session}` }
    if (connection !== undefined) return { ...one, key: connection, ended: connection.closed }
    return { ...one, key: principal.name }
  }
}

function userOf({ principal, face, address, usid, program }: Call, session?: string): ConfigUser {
  return {
    user: principal.name,
    ...(session === undefined ? {} : { session }),
    ...(face === undefined ? {} : { face }),
    ...(address === undefined ? {} : { address }),
    ...(usid === undefined ? {} : { usid }),
    ...(program === undefined ? {} : { program }),
  }
}

/** The file has secrets that the values do not show. */
function checkMayReadFile({ local, principal }: Call, authorize: Authorize): void {
  if (local && authorize(principal, 'owner')) return
  const code = local ? 'TCN_CONFIG_OWNER' : 'TCN_ACCESS_LOCAL'
  throw new TocsinError(code, 'the text of the file is only given to the owner, over a unix socket')
}

function editsOf({ edits = [] }: ConfigEditParams): Edit[] {
  return edits.map(({ key, value, delete: isDeleted }) => {
    const path = parseKey(key)
    if (isDeleted) return { path, delete: true }
    if (value !== undefined) return { path, value }
    throw new TocsinError('TCN_CONFIG_EDIT', `${key}: give a value, or delete`, { details: { key } })
  })
}

function timesOf({ confirmed, ...rest }: ConfigCommitParams) {
  return confirmed === undefined ? rest : { ...rest, confirmed: confirmed / 1000 }
}

async function valuesOf(
  { commits }: Configuration,
  { key, candidate, text: withText }: ParamsOf<'config.get'>,
): Promise<ConfigValues> {
  const [text, revision] = [commits.textOf(candidate), commits.revision(candidate)]
  const isWanted = (each: string) =>
    key === undefined || each === key || each.startsWith(`${key}.`) || each.startsWith(`${key}[`)
  const values = (await commits.values(candidate))
    .filter((each) => isWanted(each.key))
    .map((each) => ({ key: each.key, value: each.value, set: each.line !== undefined }))
  return { values, revision, ...(withText ? { text } : {}) }
}

/** Throws TCN_CONFIG_EDIT if there is no such key. */
async function described(
  { commits, effectsOf }: Configuration,
  { key, ...options }: ParamsOf<'config.describe'>,
): Promise<ConfigKey[]> {
  const path = key === undefined ? [] : parseKey(key)
  const found = await commits.described(path, options)
  if (found.length === 0)
    throw new TocsinError('TCN_CONFIG_EDIT', `there is no key ${key}`, { details: { key } })
  const effects = await effectsOf(found.map(({ path }) => path))
  return found.map(({ path: _, usual, ...rest }, nth) => ({ ...rest, default: usual, effect: effects[nth] }))
}

async function stateOf(
  { commits, effectsOf }: Configuration,
  given?: readonly Change[],
): Promise<ConfigDiff> {
  const { candidate, unconfirmed } = commits
  const revision = commits.revision(true)
  const changes = given ?? (await commits.diff())
  // The changes of a rollback do not depend on the candidate.
  const problems = candidate === undefined || given !== undefined ? [] : (await validity(commits)).problems
  const effects = await effectsOf(changes.map(({ path }) => path))
  return {
    changes: changes.map(
      ({ path: _, places: __, ...change }, nth): ConfigChange => ({ ...change, effect: effects[nth] }),
    ),
    revision,
    ...(candidate === undefined ? {} : { candidate: { ...candidate.owner.by, since: candidate.since } }),
    ...(unconfirmed === undefined ? {} : { unconfirmed }),
    ...(problems.length === 0 ? {} : { problems: problems.slice(0, MAX_PROBLEMS) }),
  }
}

async function validity(
  commits: ConfigCommits<unknown>,
): Promise<{ valid: boolean; problems: ConfigProblem[] }> {
  try {
    await commits.validate()
    return { valid: true, problems: [] }
  } catch (thrown) {
    if (!TocsinError.is(thrown)) throw thrown
    const { problems } = thrown.details as { problems?: ConfigProblem[] }
    return { valid: false, problems: problems ?? [{ line: 1, column: 1, key: '', message: thrown.message }] }
  }
}
