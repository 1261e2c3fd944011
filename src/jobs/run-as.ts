import { runProgram } from '../processes/run-program.js'
import type { JobsConfig, RunAsConfig } from './config.js'

/** The way to start the program of a command. */
export interface RunAs {
  /** Program and arguments that come before it, and become it. */
  readonly before: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const LOOKUP_TIMEOUT = 10_000

/** The settings of a program, which may be listed under any of its names. */
export function settingsOf(names: readonly string[], { user, group, limits, per }: JobsConfig): RunAsConfig {
  const name = names.find((each) => Object.hasOwn(per, each))
  const own: RunAsConfig = name === undefined ? {} : per[name]
  return {
    ...(own.user === undefined ? { user, group } : { user: own.user }),
    ...(own.group !== undefined && { group: own.group }),
    limits: { ...limits, ...own.limits },
  }
}

/** Rejects with an Error if there is no such user. */
export async function runAs({ user, group, limits = {} }: RunAsConfig): Promise<RunAs> {
  const limited = limitArguments(limits)
  const before = limited.length === 0 ? [] : ['/usr/bin/prlimit', ...limited, '--']
  if (user === undefined) return { before, environment: {} }
  const [name, , uid, gid, , home] = await entryOf('passwd', user)
  const wanted = group === undefined ? gid : (await entryOf('group', group))[2]
  // The groups of the user, and none of the hub.
  const rights = [`--reuid=${uid}`, `--regid=${wanted}`, '--init-groups', '--inh-caps=-all']
  return {
    before: [...before, '/usr/bin/setpriv', ...rights, '--'],
    environment: { HOME: home, USER: name, LOGNAME: name },
  }
}

function limitArguments({ cpu, memory, files, processes }: NonNullable<RunAsConfig['limits']>): string[] {
  const seconds = cpu === undefined ? undefined : Math.ceil(cpu / 1000)
  return [
    // XCPU a second before KILL.
    ...(seconds === undefined ? [] : [`--cpu=${seconds}:${seconds + 1}`]),
    ...(memory === undefined ? [] : [`--as=${memory}`]),
    ...(files === undefined ? [] : [`--nofile=${files}`]),
    ...(processes === undefined ? [] : [`--nproc=${processes}`]),
  ]
}

/** Accounts may come from a directory service. */
async function entryOf(database: 'passwd' | 'group', name: string): Promise<string[]> {
  const { output } = await runProgram('getent', [database, name], { timeout: LOOKUP_TIMEOUT })
  const [line] = output.split('\n')
  if (line === '') throw new Error(`there is no ${database === 'passwd' ? 'user' : 'group'} ${name}`)
  return line.split(':')
}
